/** One instruction: expanded, then found in the cache or performed. */

import type { Instruction } from '../dockerfile/instruction.js'
import type { Escape } from '../dockerfile/parse.js'
import { platformText } from '../image/platform.js'
import { stageArgs } from './build-args.js'
import { type Building, imageState, type Work } from './building.js'
import { keyOf } from './cache-records.js'
import { resolvePath } from './config.js'
import { copyWork } from './copy-step.js'
import { expandStep } from './expand-step.js'
import { runLineOf } from './run-line.js'
import { runWork } from './run-step.js'
import type { StagePlace } from './stage.js'
import { type StageState, scratchState, variablesOf, withChange, withLayer, withoutLayer } from './stage-state.js'
import { Stopped } from './stopped.js'
import { workdirWork } from './workdir-step.js'

interface Shown {
  readonly title: string
  readonly escape: Escape
}

export async function takeStep(
  place: StagePlace,
  state: StageState,
  instruction: Instruction,
  { title, escape }: Shown,
): Promise<StageState> {
  const { building, global } = place
  const { now, wish } = building
  const variables = variablesOf(state)
  if (instruction.kind === 'FROM') return state // begins a stage, and stands in none
  if (instruction.kind === 'ARG') {
    const added = stageArgs(instruction, { variables, global, given: wish.buildArgs, escape })
    const args = new Map([
      ...state.args,
      ...added.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
    ])
    return withoutLayer({ ...state, args }, instruction.shown, now)
  }
  const step = expandStep(instruction, variables, escape)
  const platform = platformText(wish.platform)
  switch (step.kind) {
    case 'COPY':
    case 'ADD': {
      const from = step.from === null ? null : await originState(place, step.from)
      const work = await copyWork(building, state, step, from, platform)
      return perform(place, state, { work, title, history: instruction.shown })
    }
    case 'RUN': {
      const work = await runWork(building, state, step, word => originState(place, word), platform)
      const args = [...state.args].map(([name, value]) => `${name}=${value}`)
      const line = runLineOf(step, state.config).args.join(' ')
      const history = args.length === 0 ? `RUN ${line}` : `RUN |${args.length} ${args.join(' ')} ${line}`
      return perform(place, state, { work, title, history })
    }
    case 'WORKDIR': {
      const path = resolvePath(state.config.WorkingDir ?? '/', step.value)
      const work = workdirWork(building, state, path, platform)
      const after = await perform(place, state, { work, title, history: `WORKDIR ${path}` })
      return { ...after, config: { ...after.config, WorkingDir: path } }
    }
    default:
      return withChange(state, step, instruction.shown, now)
  }
}

async function originState(place: StagePlace, word: string): Promise<StageState> {
  const origin = place.originOf(word)
  if (origin.kind === 'stage') return place.stateOf(origin.index)
  if (origin.kind === 'scratch') return scratchState
  return imageState(place.building, origin.name)
}

interface Performance {
  readonly work: Work
  readonly title: string
  readonly history: string
}

async function perform(place: StagePlace, state: StageState, asked: Performance): Promise<StageState> {
  const { building } = place
  const { progress, records, now, wish, clamp } = building
  const { make } = asked.work
  const key = clamp === undefined ? asked.work.key : keyOf(`${asked.work.key} ${clamp}`)
  const found = wish.noCache ? null : usable(building, key)
  const shown = progress.begin(asked.title)
  if (found !== null) {
    progress.end(shown, { kind: 'cached' })
    return found.layer === null
      ? withoutLayer(state, asked.history, now)
      : withLayer(state, found.layer, found.created, asked.history)
  }
  const start = performance.now()
  try {
    const layer = await make(shown)
    const created = clamp === undefined ? new Date().toISOString() : now
    records.put(key, { layer, created, text: asked.title })
    progress.end(shown, { kind: 'done', ms: performance.now() - start })
    return layer === null ? withoutLayer(state, asked.history, now) : withLayer(state, layer, created, asked.history)
  } catch (error) {
    if (place.stopped()) {
      progress.end(shown, { kind: 'canceled' })
      throw new Stopped()
    }
    progress.end(shown, { kind: 'failed', why: error instanceof Error ? error.message : String(error) })
    throw error
  }
}

/** A record whose layer is still there. The lease comes first: from then on it stays. */
function usable({ records, lease, images }: Building, key: string) {
  const record = records.find(key)
  if (record?.layer == null) return record
  lease.keepBlob(record.layer.digest)
  return images.store.has(record.layer.digest) ? record : null
}
