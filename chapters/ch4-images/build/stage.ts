/** One stage, from its base to its last instruction. */

import type { Instruction } from '../dockerfile/instruction.js'
import type { Dockerfile } from '../dockerfile/parse.js'
import { locate } from '../dockerfile/place.js'
import { readTrigger } from '../dockerfile/read.js'
import { expand } from '../dockerfile/words.js'
import { parsePlatform } from '../image/platform.js'
import { obtain } from '../parts-in-use.js'
import type { Variables } from './build-args.js'
import type { Building } from './building.js'
import type { Origin, StageNode } from './graph.js'
import type { StepShown } from './progress.js'
import { beginOn, type StageState, scratchState, stateOfImage } from './stage-state.js'
import { takeStep } from './step.js'
import { Stopped } from './stopped.js'

export interface StagePlace {
  readonly building: Building
  readonly dockerfile: Dockerfile
  readonly node: StageNode
  /** ARGs before the first FROM, and those of the platform, expanded. */
  readonly global: Variables
  /** Whether the file has other stages, too. */
  readonly isOneOfMany: boolean
  stateOf(index: number): Promise<StageState>
  originOf(word: string): Origin
  /** Another stage has failed: no step begins any more. */
  stopped(): boolean
}

/** Instructions that may make a layer: the ones that are shown as steps. */
export const isStep = ({ kind }: Instruction): boolean => ['RUN', 'COPY', 'ADD', 'WORKDIR'].includes(kind)

/** @throws DockerfileError naming the line at which it ended; Stopped when another stage had failed */
export async function buildStage(place: StagePlace): Promise<StageState> {
  const { dockerfile, node } = place
  const { from, instructions, name, index } = node.stage
  const { source, escape } = dockerfile
  const own = instructions.filter(isStep).length + 1
  const label = place.isOneOfMany ? `${name ?? `stage-${index}`} ` : ''
  const base = await baseOf(place, `[${label}1/${own}] ${from.shown}`).catch(error => {
    throw locate(error, source, from.place)
  })
  // what the base image holds back for whoever builds on it comes first, once
  const { OnBuild = [], ...config } = base.config
  const triggers = OnBuild.map(text => ({ ...readTrigger(text, from.base), place: from.place }))
  const all = [...triggers, ...instructions]
  const total = all.filter(isStep).length + 1
  let state: StageState = { ...base, config }
  let number = 1
  for (const instruction of all) {
    if (place.stopped()) throw new Stopped()
    if (isStep(instruction)) number += 1
    const title = `[${label}${number}/${total}] ${instruction.shown}`
    try {
      state = await takeStep(place, state, instruction, { title, escape })
    } catch (error) {
      throw locate(error, source, instruction.place)
    }
  }
  return state
}

async function baseOf({ building, node, stateOf, global, dockerfile }: StagePlace, title: string): Promise<StageState> {
  const { base, stage } = node
  if (base.kind === 'stage') return beginOn(await stateOf(base.index))
  return shown(building, building.progress.begin(title), async () => {
    if (base.kind === 'scratch') return scratchState
    const asked = stage.from.platform
    const platform =
      asked === null
        ? building.wish.platform
        : parsePlatform(expand(asked, { variables: global, escape: dockerfile.escape }))
    return stateOfImage(await obtain(building.images, base.name, platform))
  })
}

async function shown<T>({ progress }: Building, step: StepShown, action: () => T | Promise<T>): Promise<T> {
  const start = performance.now()
  try {
    const result = await action()
    progress.end(step, { kind: 'done', ms: performance.now() - start })
    return result
  } catch (error) {
    progress.end(step, { kind: 'failed', why: error instanceof Error ? error.message : String(error) })
    throw error
  }
}
