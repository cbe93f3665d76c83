/** The flags of ch7's commands. */

import type { Flag } from '#core/cli/flags'

export const seccompFlags: readonly Flag[] = [
  { name: 'profile', value: 'FILE', about: 'that of an OCI config.json, linux.seccomp' },
  { name: 'cap', value: 'CAP', about: "with Docker's profile: a capability that the container has", many: true },
  { name: 'bpf', value: 'FILE', about: 'write the program as the kernel takes it, 8 bytes an instruction' },
]

export const validateFlags: readonly Flag[] = [
  { name: 'json', about: 'print the findings as JSON, versioned' },
  { name: 'strict', about: 'warnings, which break a SHOULD, count as errors do' },
  {
    name: 'runtime',
    value: 'PROGRAM',
    about: 'of runtime: which one, by its path or its name in PATH (default mini-runc)',
  },
  { name: 'only', value: 'ID', about: 'of runtime: this check alone', many: true },
  { name: 'list', about: 'of runtime: its checks, and what it does not ask for' },
  { name: 'timeout', value: 'SECONDS', about: 'of runtime: how long a check may take (default 20)' },
]
