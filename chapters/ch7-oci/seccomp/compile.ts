/**
 * A profile as a program for the kernel, which runs it before each system call. It is a search: first for the architecture, then
 * by halves for the range that the call's number is in. libseccomp asks for one call after the other, unless it is told to build
 * a tree: for Docker's profile that is up to four hundred questions for each call that a container makes. Pure. Source: seccomp(2).
 */

import { fail } from '#core/errors'
import type { Seccomp } from '#core/spec/runtime'
import type { Architecture } from '#core/sys/constants'
import { abisOf } from './arch.js'
import { assemble, type BpfInstruction, type Line } from './bpf.js'
import { filterOf } from './filter.js'
import { badArchitecture, rangesOf } from './rules.js'

/** struct seccomp_data */
const offsets = { number: 0, architecture: 4 } as const

/**
 * @param part what searches the ranges of one architecture: the reference, or a learner's
 * @throws MiniDockerError InvalidArgument for a profile that cannot work
 */
export function compile(seccomp: Seccomp, machine: Architecture, part: typeof filterOf = filterOf): BpfInstruction[] {
  refuseMute(seccomp)
  const abis = abisOf(machine, seccomp.architectures)
  const audits = [...new Set(abis.map(({ audit }) => audit))]
  const sections = audits.flatMap((audit): Line[] => {
    const own = abis.filter(abi => abi.audit === audit).sort((a, b) => a.base - b.base)
    return [
      { op: 'jump', when: 'equal', value: audit, yes: null, no: `not ${audit}` },
      { op: 'load', at: offsets.number },
      ...part(rangesOf(seccomp, own)).map(line => inSection(audit, line)),
      { op: 'label', name: `not ${audit}` },
    ]
  })
  const none: Line = { op: 'return', value: badArchitecture }
  return assemble([{ op: 'load', at: offsets.architecture }, ...sections, none])
}

/** Every part of the program has names of its own. */
function inSection(audit: number, line: Line): Line {
  const own = (name: string): string => `${name} of ${audit}`
  if (line.op === 'label') return { ...line, name: own(line.name) }
  if (line.op !== 'jump') return line
  return { ...line, yes: line.yes === null ? null : own(line.yes), no: line.no === null ? null : own(line.no) }
}

/** Whether somebody is to answer for calls: seccomp(2), SECCOMP_FILTER_FLAG_NEW_LISTENER. */
export const notifies = ({ syscalls = [] }: Seccomp): boolean =>
  syscalls.some(({ action }) => action === 'SCMP_ACT_NOTIFY')

/** Who installs the filter has to hand the listener on, by calls that nobody can answer for yet. runc refuses the same. */
function refuseMute(seccomp: Seccomp): void {
  const refuse = (why: string): never => fail('InvalidArgument', { what: 'linux.seccomp: SCMP_ACT_NOTIFY', why })
  if (seccomp.defaultAction === 'SCMP_ACT_NOTIFY') refuse('cannot be the default: nobody could send the listener on')
  if (!notifies(seccomp)) return
  const isMute = seccomp.syscalls!.some(({ action, names }) => action === 'SCMP_ACT_NOTIFY' && names.includes('write'))
  if (isMute) refuse("cannot be for 'write': nobody could send the listener on")
  if ((seccomp.listenerPath ?? '') === '') refuse('without listenerPath nobody would answer')
}
