/** Specs worth looking at. */

import type { Spec } from '#core/spec/runtime'
import { ch2 } from '../ch2-namespaces/index.js'
import { ch3 } from '../ch3-cgroups/index.js'

const rights = ['CAP_CHOWN', 'CAP_SETUID', 'CAP_SETGID', 'CAP_SYS_ADMIN']
const { container } = ch2.examples as { container: Spec }

/** What an engine asks for beyond limits: fewer rights, fewer calls, less in sight. */
const engine: Spec = {
  ...container,
  process: {
    ...container.process,
    user: { uid: 1000, gid: 1000 },
    cwd: '/tmp',
    noNewPrivileges: true,
    capabilities: { bounding: rights, permitted: rights, effective: rights, inheritable: rights, ambient: rights },
    scheduler: { policy: 'SCHED_BATCH', nice: 5 },
    ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 6 },
  },
  linux: {
    ...container.linux,
    personality: { domain: 'LINUX' },
    maskedPaths: ['/proc/kcore', '/proc/acpi'],
    readonlyPaths: ['/proc/sys', '/proc/irq'],
    seccomp: {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['swapon', 'kexec_load'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
    },
  },
}

export const examples: Readonly<Record<string, Spec>> = { ...ch3.examples, engine }
