/** ch1's, in the user namespace of the container: whether groups may be set is a question of that one, not of ours. */

import type { Pass } from '#core/plan/assemble'
import { parts as ch1 } from '../ch1-chroot/index.js'
import { deniesGroups } from './map-ids.js'

export const becomeWhere =
  (setgroupsDenied: boolean): Pass =>
  (spec, facts) =>
    ch1.become(spec, { ...facts, userNamespace: { ...facts.userNamespace, setgroups: !setgroupsDenied } })

export const become: Pass = (spec, facts) => becomeWhere(deniesGroups(spec, facts))(spec, facts)
