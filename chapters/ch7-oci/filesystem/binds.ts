/**
 * A bind has no file system of its own to tell `mode=755` or `size=1k`: mount(2) ignores data with MS_BIND, and engines send it.
 * A map is none of that, and words without a value stay refused as ch2 refuses them: there they are more often misspelt. Source: mount(2) "Creating a bind
 * mount", config.md "Mounts".
 */

import type { Pass } from '#core/plan/assemble'
import type { Mount } from '#core/spec/runtime'

const isBind = ({ options = [] }: Mount): boolean => options.includes('bind') || options.includes('rbind')

const withoutData = (mount: Mount): Mount =>
  isBind(mount) && mount.options !== undefined
    ? { ...mount, options: mount.options.filter(option => !option.includes('=') || /^r?idmap=/.test(option)) }
    : mount

/** @param mounts gets binds without data */
export const bindsWithoutData =
  (mounts: Pass): Pass =>
  (spec, facts) =>
    mounts(spec.mounts === undefined ? spec : { ...spec, mounts: spec.mounts.map(withoutData) }, facts)
