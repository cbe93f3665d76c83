/** What a stage is between two instructions: layers, config, history, variables. A value: each step makes the next one. */

import type { Digest } from '#core/spec/digest'
import type { ContainerConfig, Descriptor, History } from '#core/spec/image'
import type { NewLayer } from '../image/make.js'
import type { Image } from '../image/read.js'
import { chainIds } from '../parts-in-use.js'
import { applyChange, type Change, type ConfigState, environmentOf, scratchConfig } from './config.js'

export interface StageLayer {
  readonly descriptor: Descriptor
  readonly diffId: Digest
  readonly chainId: Digest
}

export interface StageState extends ConfigState {
  readonly layers: readonly StageLayer[]
  readonly history: readonly History[]
  /** ARGs in scope, by name. */
  readonly args: ReadonlyMap<string, string>
  /** RFC 3339: when the newest layer was made; null: there is none. */
  readonly created: string | null
}

export const chainIdOf = ({ layers }: StageState): Digest | null => layers.at(-1)?.chainId ?? null

export const scratchState: StageState = {
  config: scratchConfig,
  author: null,
  ownCmd: false,
  layers: [],
  history: [],
  args: new Map(),
  created: null,
}

export function stateOfImage({ config, layers }: Image): StageState {
  return {
    config: withoutNulls(config.config ?? {}),
    author: config.author ?? null,
    ownCmd: false,
    layers,
    history: config.history ?? [],
    args: new Map(),
    created: config.created ?? null,
  }
}

/** Where another tool wrote null, it meant nothing. */
const withoutNulls = (config: ContainerConfig): ContainerConfig =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null))

/** A stage that begins where another one ended: its ARGs are its own. */
export const beginOn = (state: StageState): StageState => ({ ...state, ownCmd: false, args: new Map() })

/** What words are expanded with: ENV counts more than ARG. */
export const variablesOf = ({ config, args }: StageState): Map<string, string> =>
  new Map([...args, ...environmentOf(config)])

export function withLayer(state: StageState, layer: NewLayer, created: string, text: string): StageState {
  const { mediaType, digest, size, diffId } = layer
  const diffIds = [...state.layers.map(one => one.diffId), diffId]
  const chainId = chainIds(diffIds).at(-1)!
  return {
    ...state,
    layers: [...state.layers, { descriptor: { mediaType, digest, size }, diffId, chainId }],
    history: [...state.history, { created, created_by: text, ...comment }],
    created,
  }
}

/** @param now of a stage that has no layer to take its age from */
export function withChange(state: StageState, change: Change, text: string, now: string): StageState {
  return withoutLayer({ ...state, ...applyChange(state, change) }, text, now)
}

export const withoutLayer = (state: StageState, text: string, now: string): StageState => ({
  ...state,
  history: [...state.history, { created: state.created ?? now, created_by: text, ...comment, empty_layer: true }],
})

const comment = { comment: 'mini-docker' } as const
