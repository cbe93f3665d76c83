/** The uts namespace: a name of its own. Source: uts_namespaces(7). */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'

const at = { phase: 'root', by: 'ch2.hostname' } as const

// #region part
export const hostname: Pass = spec => {
  const steps: Step[] = []
  if (spec.hostname !== undefined) {
    steps.push({
      ...at,
      op: 'sethostname',
      name: spec.hostname,
      why: 'inside the new uts namespace: the host keeps its own',
    })
  }
  if (spec.domainname !== undefined) {
    steps.push({ ...at, op: 'setdomainname', name: spec.domainname, why: 'the other name of uname(2)' })
  }
  return steps
}
// #endregion part
