/**
 * What a chapter is: a number, the spec fields that it understands, and a table of parts out of which its plan is made.
 *
 * A part is a pass under a key. A later chapter starts from an earlier one's parts and replaces by key (ch2's pivot_root
 * takes the place of ch1's chroot), `--lab` puts the learner's in, a test puts a double in: one mechanism.
 */

import { fail } from './errors.js'
import type { Pass } from './plan/assemble.js'
import type { Spec } from './spec/runtime.js'

export type Parts = Readonly<Record<string, Pass>>

export interface Chapter {
  /** 'ch1' … 'ch7' */
  readonly id: string
  readonly title: string
  /** Spec fields that it understands, as `linux.namespaces`; a field covers all that is below it. */
  readonly understands: readonly string[]
  /** The reference parts; their order is the order of passes within a phase. */
  readonly parts: Parts
  /** Specs worth looking at, by name: what --explain, the tests and the site show. */
  readonly examples: Readonly<Record<string, Spec>>
}

export const passesOf = (parts: Parts): Pass[] => Object.values(parts)

/**
 * Refuses a spec that says more than the chapter understands.
 * @throws MiniDockerError (Unsupported) naming the field and the chapter that brings it
 */
export function refuseUnknown(chapter: Chapter, spec: Spec): void {
  for (const field of fieldsOf(spec)) {
    if (chapter.understands.some(known => field === known || field.startsWith(`${known}.`))) continue
    const brings = broughtBy.find(([prefix]) => field === prefix || field.startsWith(`${prefix}.`))
    fail('Unsupported', {
      what: `spec field '${field}'`,
      why: `${chapter.id} does not know it${brings === undefined ? '' : `: that is ${brings[1]}`}`,
      hint: brings === undefined ? 'leave it out' : `mini-docker ${brings[1]} run …`,
    })
  }
}

/** Which chapter first understands a field; the most telling prefix first. */
const broughtBy: readonly (readonly [string, string])[] = [
  ['linux.namespaces.path', 'ch7'],
  ['linux.namespaces', 'ch2'],
  ['linux.uidMappings', 'ch2'],
  ['linux.gidMappings', 'ch2'],
  ['linux.timeOffsets', 'ch2'],
  ['linux.resources', 'ch3'],
  ['linux.cgroupsPath', 'ch3'],
  ['process.rlimits', 'ch3'],
  ['process.oomScoreAdj', 'ch3'],
  ['hostname', 'ch2'],
  ['domainname', 'ch2'],
  ['mounts', 'ch2'],
  ['root.readonly', 'ch2'],
  ['process.terminal', 'ch2'],
  ['process.consoleSize', 'ch2'],
  ['process', 'ch7'],
  ['hooks', 'ch7'],
  ['linux', 'ch7'],
]

/** Maps: their keys are no fields. */
const freeKeys: ReadonlySet<string> = new Set(['annotations', 'linux.resources.unified'])

/** Every field that is set, as a dotted path without indexes: `mounts.options`. A map with free keys is one field. */
function* fieldsOf(value: object, prefix = ''): Generator<string> {
  for (const [key, child] of Object.entries(value)) {
    const path = prefix === '' ? key : `${prefix}.${key}`
    if (child === undefined) continue
    const records = [child].flat().filter(one => typeof one === 'object' && one !== null)
    if (records.length === 0 || freeKeys.has(path)) yield path
    else for (const record of records) yield* fieldsOf(record, path)
  }
}
