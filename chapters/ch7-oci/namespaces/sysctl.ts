/**
 * linux.sysctl: settings of the kernel that each network, IPC or UTS namespace has for itself. They are written by a process that
 * is in those namespaces already, through the host's /proc: what lies at that place in the image is not to be trusted. Any
 * other setting is the whole machine's. Source: config-linux.md "Sysctl", namespaces(7), proc_sys(5).
 */

import { fail } from '#core/errors'
import type { Pass } from '#core/plan/assemble'
import type { NamespaceType } from '#core/spec/runtime'

const ofIpc = /^(?:fs\/mqueue\/.+|kernel\/(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced))$/

/** In which namespace a setting is one's own, null for the machine's. */
function ownerOf(path: string): NamespaceType | null {
  if (path.startsWith('net/')) return 'network'
  if (path === 'kernel/domainname') return 'uts'
  return ofIpc.test(path) ? 'ipc' : null
}

/** sysctl(8): dots part the names; where a slash comes first, a dot is part of one. */
const pathOf = (key: string): string =>
  /^[^./]*\./.test(key) ? key.replace(/[./]/g, sign => (sign === '.' ? '/' : '.')) : key

export const sysctl: Pass = ({ linux }) =>
  Object.entries(linux?.sysctl ?? {}).map(([key, data]) => {
    const path = pathOf(key)
    const owner = ownerOf(path)
    const what = `linux.sysctl: '${key}'`
    if (owner === null || path.split('/').includes('..')) {
      fail('InvalidArgument', {
        what,
        why: 'is a setting of the whole machine',
        hint: 'net.*, fs.mqueue.*, kernel.shm* …',
      })
    }
    if (!linux?.namespaces?.some(({ type }) => type === owner)) {
      fail('InvalidArgument', { what, why: `without a ${owner} namespace it would be the host's` })
    }
    return {
      op: 'write',
      path: `/proc/sys/${path}`,
      data,
      phase: 'root',
      by: 'ch7.sysctl',
      why: `the ${owner} namespace's own, by the host's /proc`,
    }
  })
