/** ch7: OCI. The container of ch1 to ch3, whole, behind the command line that engines speak. */

import type { Chapter, Parts } from '#core/chapter'
import type { Pass } from '#core/plan/assemble'
import { ch3 } from '../ch3-cgroups/index.js'
import { examples } from './examples.js'

/** Init outlives who created it: it does not die with its parent, which is gone as soon as it is created. */
const startInit: Pass = (spec, facts) => ch3.parts.startInit!(spec, facts).filter(step => step.op !== 'die_with_parent')

export const parts: Parts = { ...ch3.parts, startInit }

export const ch7: Chapter = {
  id: 'ch7',
  title: 'OCI',
  understands: [...ch3.understands],
  parts,
  examples,
}
