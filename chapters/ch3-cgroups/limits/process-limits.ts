/**
 * Limits of a process, older than cgroups: each process has its own, and its children inherit them. And how willingly it is
 * given up when memory runs out. Source: getrlimit(2), proc_pid_oom_score_adj(5).
 */

import type { Pass } from '#core/plan/assemble'
import { RLIM_INFINITY } from '#core/spec/runtime'

const orNone = (limit: number): number | null => (limit === RLIM_INFINITY ? null : limit)

/** Before the ids are changed: only root may raise a hard limit. */
export const rlimits: Pass = ({ process }) =>
  (process.rlimits ?? []).map(({ type, soft, hard }) => ({
    op: 'setrlimit',
    phase: 'become',
    by: 'ch3.rlimits',
    resource: type,
    soft: orNone(soft),
    hard: orNone(hard),
    why: 'while it may still be raised: a limit of each process, not of all together',
  }))

export const oomScore: Pass = ({ process }) =>
  process.oomScoreAdj === undefined
    ? []
    : [
        {
          op: 'write_proc',
          phase: 'join',
          by: 'ch3.oomScore',
          of: 'stage',
          file: 'oom_score_adj',
          data: String(process.oomScoreAdj),
          why: 'inherited by all that it forks: who is killed first when the machine runs out of memory',
        },
      ]
