/**
 * `--init`: a process that does what number 1 is there for.
 *
 * In a pid namespace orphans are inherited by number 1, and a program that does not expect children never reaps them;
 * number 1 is also deaf to signals that it does not handle. So the program becomes number 2, and a small init stays
 * behind that reaps and forwards. Source: pid_namespaces(7); docker run --init.
 */

import type { Pass } from '#core/plan/assemble'

/** The spec has no field for it: an annotation, as runtimes do for what is their own. */
export const initAnnotation = 'mini-docker.init'

export const supervisor: Pass = ({ annotations }) =>
  annotations?.[initAnnotation] === 'true'
    ? [
        {
          op: 'supervise',
          phase: 'exec',
          by: 'ch2.supervisor',
          why: 'number 1 stays ours, to reap orphans and pass signals on; the program is its child',
        },
      ]
    : []
