/** What this runtime can do, for engines to ask before they try. Pure. Source: runtime-spec features.md, features-linux.md. */

import { hookKinds } from '#core/spec/runtime'
import { seccompActions, seccompFlags, seccompOperators } from '#core/spec/seccomp'
import { capabilities, memoryPolicies, memoryPolicyFlags } from '#core/sys/constants'
import type { Facts } from '#core/sys/facts'
import { mountWords } from '../../ch2-namespaces/index.js'
import { mappedWords } from '../filesystem/mapped-mounts.js'
import { knownOf } from '../process/capabilities.js'
import { abis } from '../seccomp/arch.js'
import { newestVersion } from './version.js'

export const features = (facts: Facts) => ({
  ociVersionMin: '1.0.0',
  ociVersionMax: newestVersion, // what `spec` writes older runtimes take, too
  hooks: hookKinds,
  mountOptions: [...mountWords, ...mappedWords].sort(),
  linux: {
    namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', ...(facts.timeNamespaces ? ['time'] : []), 'user', 'uts'],
    capabilities: knownOf(Object.keys(capabilities), facts.lastCapability),
    cgroup: { v1: true, v2: true, systemd: false, systemdUser: false, rdma: true },
    seccomp: {
      enabled: true,
      actions: seccompActions,
      operators: seccompOperators,
      archs: abis.map(({ name }) => name).sort(),
      knownFlags: seccompFlags,
      supportedFlags: seccompFlags,
    },
    apparmor: { enabled: false },
    selinux: { enabled: false },
    memoryPolicy: { modes: Object.keys(memoryPolicies), flags: Object.keys(memoryPolicyFlags) },
    intelRdt: { enabled: false },
    mountExtensions: { idmap: { enabled: true } },
    netDevices: { enabled: true },
  },
  annotations: { 'org.opencontainers.runc.checkpoint.enabled': 'true' }, // by the name that engines know; whether criu is there is seen when it is asked for
  potentiallyUnsafeConfigAnnotations: ['org.criu.config'], // a file of the host's that criu reads
})
