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
]
