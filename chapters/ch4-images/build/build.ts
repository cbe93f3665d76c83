/** A whole build: the graph of stages, what the target needs of it at the same time, and the image that comes out. */

import type { Digest } from '#core/spec/digest'
import type { Descriptor, ImageConfig } from '#core/spec/image'
import { parseDockerfile } from '../dockerfile/parse.js'
import { located } from '../dockerfile/place.js'
import { expand } from '../dockerfile/words.js'
import { makeImage } from '../image/make.js'
import { readImage } from '../image/read.js'
import { globalArgs, isProxy, type Platform, platformArgs } from './build-args.js'
import type { Building } from './building.js'
import { graphOf, neededFor, type Origin } from './graph.js'
import { buildStage } from './stage.js'
import { type StageState, withChange } from './stage-state.js'
import { type Stages, stageNamed, stagesOf, targetStage } from './stages.js'
import { Stopped } from './stopped.js'

export interface Built {
  /** Of the manifest: nobody has named it yet. */
  readonly target: Descriptor
  /** Digest of the config: the image's ID. */
  readonly id: Digest
  readonly warnings: readonly string[]
}

/** @throws DockerfileError, or another MiniDockerError of what belongs to no line */
export async function build(building: Building, here: Platform): Promise<Built> {
  const { wish, context } = building
  const dockerfile = parseDockerfile(context.dockerfile.text, context.dockerfile.name)
  const { source, escape } = dockerfile
  const parsed = stagesOf(dockerfile)
  const { stages } = parsed
  const target = targetStage(stages, wish.target)
  const ofPlatform = platformArgs(wish.platform, here, target.name ?? '')
  const [firstArg] = parsed.global
  const global = located(source, firstArg?.place ?? { line: 1, end: 1 }, () =>
    globalArgs(parsed.global, ofPlatform, wish.buildArgs, escape),
  )
  const graph = graphOf(stages, source, ({ from }) => expand(from.base, { variables: global, escape }))
  const begun = new Map<number, Promise<StageState>>()
  let failed = false
  const stateOf = (index: number): Promise<StageState> => {
    const before = begun.get(index)
    if (before !== undefined) return before
    const node = graph[index]!
    const originOf = (word: string): Origin => {
      const found = stageNamed(stages, word, index)
      return found === null ? { kind: 'image', name: word } : { kind: 'stage', index: found.index }
    }
    const place = {
      building,
      dockerfile,
      node,
      global,
      isOneOfMany: stages.length > 1,
      stateOf,
      originOf,
      stopped: () => failed,
    }
    const state = buildStage(place).catch(error => {
      failed = true
      for (const kill of building.kills) kill()
      throw error
    })
    begun.set(index, state)
    return state
  }
  const needed = neededFor(graph, target.index)
  // all of them have ended before anything is said: what they hold is given back then
  const ends = await Promise.allSettled(needed.map(({ stage }) => stateOf(stage.index)))
  const errors = ends.flatMap(end => (end.status === 'rejected' ? [end.reason as unknown] : []))
  const first = errors.find(error => !(error instanceof Stopped)) ?? errors[0]
  if (first !== undefined) throw first
  const state = await stateOf(target.index)
  return { ...finish(building, state), warnings: unusedArgs(parsed, building, ofPlatform) }
}

function finish(building: Building, before: StageState): { target: Descriptor; id: Digest } {
  const { wish, images, lease, now } = building
  const labels = wish.labels
  const text = `LABEL ${labels.map(([name, value]) => `${name}=${value}`).join(' ')}`
  const state = labels.length === 0 ? before : withChange(before, { kind: 'LABEL', pairs: labels }, text, now)
  const { os, architecture, variant } = wish.platform
  const config: ImageConfig = {
    created: state.created ?? now,
    ...(state.author === null ? {} : { author: state.author }),
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    config: state.config,
    rootfs: { type: 'layers', diff_ids: state.layers.map(({ diffId }) => diffId) },
    history: state.history,
  }
  const target = makeImage(
    images,
    config,
    state.layers.map(({ descriptor }) => descriptor),
    lease,
  )
  return { target, id: readImage(images.store, target, wish.platform).id }
}

/** --build-arg for what no ARG declares: a misspelt name, most often. */
function unusedArgs({ global, stages }: Stages, { wish }: Building, ofPlatform: ReadonlyMap<string, string>): string[] {
  const declared = new Set(
    [...global, ...stages.flatMap(({ instructions }) => instructions)].flatMap(instruction =>
      instruction.kind === 'ARG' ? instruction.args.map(([name]) => name) : [],
    ),
  )
  const unused = [...wish.buildArgs.keys()].filter(
    name => !declared.has(name) && !ofPlatform.has(name) && !isProxy(name),
  )
  return unused.length === 0 ? [] : [`--build-arg ${unused.join(', ')}: no ARG of this name is in the Dockerfile`]
}
