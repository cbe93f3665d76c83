/** What `spec` writes: a config.json to begin with. The same as runc's, which bundles in the wild were made from. Pure. */

import type { Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { defaultSpec } from '../../ch2-namespaces/index.js'
import { defaultRules } from '../../ch3-cgroups/index.js'

const rights = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE']

/** Of the machine's own files: nobody inside has a use for them, and some tell too much. */
const maskedPaths = [
  ...['/proc/acpi', '/proc/asound', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list'],
  ...['/proc/timer_stats', '/proc/sched_debug', '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap'],
]
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

/** @param rootless as an ordinary user can run it: with a user namespace that maps root to this user */
export function starterSpec(rootless: boolean, facts: Facts): Spec {
  const { linux, ...spec } = defaultSpec(
    {
      rootfs: 'rootfs',
      readonlyRoot: true,
      process: {
        terminal: true,
        user: { uid: 0, gid: 0 },
        args: ['sh'],
        env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
        cwd: '/',
        capabilities: { bounding: rights, effective: rights, permitted: rights },
        rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
        noNewPrivileges: true,
      },
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup', ...(rootless ? (['user'] as const) : [])],
      hostname: 'mini-runc',
      ...(rootless ? own(facts) : {}),
    },
    facts,
  )
  return {
    ...spec,
    linux: {
      ...linux,
      // who may not make device nodes need not be kept from them
      ...(rootless ? {} : { resources: { devices: defaultRules } }),
      maskedPaths,
      readonlyPaths,
    },
  }
}

const own = ({ uid, gid }: Facts) => ({
  uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
  gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
})
