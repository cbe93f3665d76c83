/**
 * linux.seccomp: which system calls the program may make. Without no_new_privs only CAP_SYS_ADMIN may set a filter, so it is
 * set before the rights are given away, and must allow what is still to be done; with it, last of all. So that it need allow
 * little, the fds are closed before it: profiles older than close_range(2) refuse that, and what is opened afterwards is
 * close-on-exec from the start. Source: seccomp(2), config-linux.md "Seccomp"; where runc sets it.
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import type { Seccomp } from '#core/spec/runtime'
import type { Architecture } from '#core/sys/constants'
import { encode } from './bpf.js'
import { compile, notifies } from './compile.js'
import { filterFlags } from './flags.js'

const by = 'ch7.seccomp'

const closeFds: Step = {
  op: 'close_fds',
  from: 3,
  phase: 'become',
  by,
  why: 'no open directory of the host goes along; the filter that comes next need not allow to close it',
}

/** Before the bounding set. */
export const filterWithRights: Pass = ({ process, linux }, { arch }) =>
  linux?.seccomp === undefined || process.noNewPrivileges === true
    ? []
    : [
        closeFds,
        {
          ...filterOf(linux.seccomp, arch),
          phase: 'become',
          by,
          why: 'it takes CAP_SYS_ADMIN: what comes after it has to be allowed by it',
        },
      ]

/** Behind the capabilities: who hands the listener on is gone once the container is created. */
export const filterWithListener: Pass = ({ process, linux }, { arch }) =>
  linux?.seccomp === undefined || process.noNewPrivileges !== true || !notifies(linux.seccomp)
    ? []
    : [
        closeFds,
        {
          ...filterOf(linux.seccomp, arch),
          phase: 'become',
          by,
          why: 'its listener is handed on before the container is created',
        },
      ]

/** @param exec its last step becomes the program; behind a filter that is set already, it closes nothing any more */
export const filterLast =
  (exec: Pass): Pass =>
  (spec, facts) => {
    const steps = exec(spec, facts)
    const { process, linux } = spec
    if (linux?.seccomp === undefined) return steps
    if (process.noNewPrivileges !== true || notifies(linux.seccomp)) return steps.filter(({ op }) => op !== 'close_fds')
    const filter: Step = {
      ...filterOf(linux.seccomp, facts.arch),
      phase: 'exec',
      by,
      why: 'nothing of ours is to be done any more but execve',
    }
    return [...steps.slice(0, -1), filter, ...steps.slice(-1)]
  }

function filterOf(seccomp: Seccomp, arch: Architecture): Pick<Step<'seccomp'>, 'op' | 'filter' | 'flags'> {
  return { op: 'seccomp', filter: [...encode(compile(seccomp, arch))], flags: filterFlags(seccomp) }
}
