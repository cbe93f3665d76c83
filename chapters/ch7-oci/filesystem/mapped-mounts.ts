/**
 * Id-mapped mounts: a directory of the host whose owners are seen through a map, so that a container with ids of its own finds
 * its files to be its own, and on disk nothing changes. The host makes the mount, who has the right to; the container puts it in
 * its place. Source: config.md "Linux mount options" (idmap, ridmap), "POSIX-platform Mounts"; mount_setattr(2).
 */

import { fail } from '#core/errors'
import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import type { Mount, Spec } from '#core/spec/runtime'

/** That the mount is mapped; and what is mounted below it as well. */
export const mappedWords = ['idmap', 'ridmap'] as const

const by = 'ch7.mapping'
const words: readonly string[] = mappedWords
const isMapped = ({ uidMappings, gidMappings, options }: Mount): boolean =>
  options?.some(word => words.includes(word)) === true || [...(uidMappings ?? []), ...(gidMappings ?? [])].length > 0

/** @param mounts makes the steps of all others, and of these as if they were not mapped */
export const mapping =
  (mounts: Pass): Pass =>
  (spec, facts) => {
    const all = spec.mounts ?? []
    if (!all.some(isMapped)) return mounts(spec, facts)
    return all.flatMap(mount => {
      if (!isMapped(mount)) return mounts({ ...spec, mounts: [mount] }, facts)
      const plain = { ...mount, options: mount.options?.filter(word => !words.includes(word)) ?? [] }
      return mapped(mount, spec, mounts({ ...spec, mounts: [plain] }, facts))
    })
  }

/** @param steps of a plain bind mount: what mounts it gives way to two, what is done to it afterwards stays */
function mapped(mount: Mount, spec: Spec, steps: readonly Step[]): Step[] {
  const { destination, source, options = [] } = mount
  const isBind = (step: Step): boolean => step.op === 'mount' && step.flags.includes('MS_BIND')
  if (source === undefined || !steps.some(isBind)) return refuse(mount, 'only a bind mount can be mapped')
  const made: Step = {
    op: 'idmap_mount',
    source,
    of: 'init',
    mappings: mappingsOf(mount, spec),
    tree: options.includes('rbind'),
    deep: options.includes('ridmap'),
    phase: 'wire',
    by,
    why: 'owners seen through a map: only root of the host may',
  }
  const attach: Step = {
    op: 'attach_mount',
    target: destination,
    phase: 'root',
    by,
    why: "the host's directory, with the container's owners",
  }
  return [made, ...steps.map(step => (isBind(step) ? attach : step))]
}

/** @returns null where it is the container's own map */
function mappingsOf(mount: Mount, { linux }: Spec): Step<'idmap_mount'>['mappings'] {
  const { uidMappings: uid = [], gidMappings: gid = [] } = mount
  if (uid.length > 0 && gid.length > 0) return { uid, gid }
  if (uid.length > 0 || gid.length > 0) return refuse(mount, 'uidMappings and gidMappings come together')
  if (linux?.namespaces?.some(({ type }) => type === 'user') === true) return null
  return refuse(mount, 'there is no map: neither has it mappings nor has the container a user namespace')
}

const refuse = ({ destination }: Mount, why: string): never =>
  fail('InvalidArgument', { what: `mount '${destination}': idmap`, why })
