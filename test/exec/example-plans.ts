/** The examples of the chapters as plans for this machine: with a rootfs that exists and something to bind. */

import * as fs from 'node:fs'
import { ch1 } from '#chapters/ch1-chroot/index'
import { ch2 } from '#chapters/ch2-namespaces/index'
import { type ExamplePlace, exampleId, inUserMode, onBridge } from '#chapters/ch2-namespaces/network/examples'
import { ch3 } from '#chapters/ch3-cgroups/index'
import { fromLayers, fromUnion } from '#chapters/ch4-images/container/examples'
import { plainLayers } from '#chapters/ch4-images/snapshot/overlay-options'
import { ch7 } from '#chapters/ch7-oci/index'
import { type Chapter, passesOf } from '#core/chapter'
import { MiniDockerError } from '#core/errors'
import { findStage, nativeExecutor } from '#core/exec/native'
import { canIdmap } from '#core/exec/probe-idmap'
import { assemble } from '#core/plan/assemble'
import type { Plan } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { probeFacts } from '#core/sys/probe'

export interface Example {
  /** `ch2 userns` */
  readonly name: string
  readonly chapter: string
  readonly spec: Spec
  readonly plan: Plan
  /** Of the container in whose run directory its files lie; without one, any will do. */
  readonly id?: string
}

export interface Places {
  readonly rootfs: string
  /** A directory that is there, for examples that bind one. */
  readonly source: string
}

/** One with a cable; it can be performed where the network is its own to change. @param directory the container's */
export function connectedHere(
  mode: 'bridge' | 'user mode',
  { rootfs, directory, facts }: ExamplePlace,
): Example & { readonly id: string } {
  const make = mode === 'bridge' ? onBridge : inUserMode
  const { spec, parts, facts: seen } = make({ rootfs, directory, facts })
  const plan = assemble(passesOf(parts), spec, seen)
  return { name: `${ch2.id} ${mode}`, chapter: ch2.id, spec, plan, id: exampleId }
}

/** Id-mapped mounts, where this machine has them, are an example of their own: they bring an fd in by a turn. */
export async function examplesHere(places: Places): Promise<Example[]> {
  const facts: Facts = { ...probeFacts(), idmap: false }
  const plain = [ch1, ch2].flatMap(chapter =>
    Object.keys(chapter.examples).map(name => example(chapter, name, places, facts)),
  )
  const stacked = facts.uid === 0 ? stackedHere(places, facts) : []
  const stage = findStage()
  const idmap = stage !== null && (await canIdmap(nativeExecutor(stage), places.rootfs, facts))
  return idmap
    ? [...plain, ...stacked, { ...example(ch2, 'userns', places, { ...facts, idmap }), name: 'ch2 userns idmapped' }]
    : [...plain, ...stacked]
}

/** The rootfs as the lowest of two layers, with one to write in on top; and a union of the two by hand. */
function stackedHere({ rootfs, source }: Places, facts: Facts): Example[] {
  const [upper, work, at] = ['upper', 'work', 'at'].map(name => `${source}.${name}`) as [string, string, string]
  for (const directory of [upper, work, at]) fs.mkdirSync(directory, { recursive: true })
  const relative = (path: string): string => path.slice(1)
  const mount = {
    type: 'overlay',
    base: '/',
    lower: [source, rootfs].map(relative),
    upper: relative(upper),
    work: relative(work),
    options: plainLayers(false),
  } as const
  const image = fromLayers(ch2.examples.container!, mount, at, facts)
  const union = fromUnion(ch2.examples.container!, { lower: [rootfs, source], upper, work, at, rootless: false }, facts)
  return Object.entries({ image, union }).map(([name, { spec, parts }]) => ({
    name: `ch4 ${name}`,
    chapter: 'ch4',
    spec,
    plan: assemble(passesOf(parts), spec, facts),
  }))
}

/** Those of ch3 whose limits this machine can keep: each in a cgroup below one that has to be reserved. */
export function limitedHere(places: Places): Example[] {
  const facts: Facts = { ...probeFacts(), idmap: false }
  if (facts.uid !== 0) return [] // who performs them is root: anyone else's plans are refused
  // its disk is one that few test machines have
  const names = Object.keys(ch3.examples).filter(name => name !== 'io' || fs.existsSync('/sys/dev/block/8:0'))
  return names.flatMap(name => {
    try {
      return [example(ch3, name, places, facts)]
    } catch (error) {
      if (error instanceof MiniDockerError && error.class === 'Unsupported') return []
      throw error
    }
  })
}

/** What an engine asks for, without the gate at which init would wait for a start. */
export const engineHere = (places: Places): Example => example(ch7, 'engine', places, { ...probeFacts(), idmap: false })

function example(chapter: Chapter, key: string, places: Places, facts: Facts): Example {
  const spec = placed(chapter.examples[key]!, places)
  return {
    name: `${chapter.id} ${key}`,
    chapter: chapter.id,
    spec,
    plan: assemble(passesOf(chapter.parts), spec, facts),
  }
}

const placed = (spec: Spec, { rootfs, source }: Places): Spec => ({
  ...spec,
  root: { ...spec.root, path: rootfs },
  ...(spec.mounts === undefined
    ? {}
    : { mounts: spec.mounts.map(mount => (mount.source === '/srv' ? { ...mount, source } : mount)) }),
})
