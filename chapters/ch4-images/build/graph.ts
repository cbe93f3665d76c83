/**
 * Stages as a graph: which one needs which. Only what the target needs is built; what needs nothing of each other is built at the
 * same time. An edge leads to an earlier stage only, so there can be no cycle.
 */

import type { Instruction } from '../dockerfile/instruction.js'
import type { Source } from '../dockerfile/place.js'
import { located } from '../dockerfile/place.js'
import { type Stage, stageNamed } from './stages.js'

/** Where files come from. */
export type Origin =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'stage'; readonly index: number }
  | { readonly kind: 'image'; readonly name: string }

export interface StageNode {
  readonly stage: Stage
  /** What FROM names, variables expanded. */
  readonly base: Origin
  /** `--from=` words of its instructions, as they are written. */
  readonly origins: ReadonlyMap<string, Origin>
  /** Indexes of the stages that it needs, in ascending order. */
  readonly needs: readonly number[]
}

/**
 * @param baseOf FROM's word with the global ARGs expanded
 * @throws DockerfileError
 */
export function graphOf(stages: readonly Stage[], source: Source, baseOf: (stage: Stage) => string): StageNode[] {
  return stages.map(stage => {
    const originOf = (word: string): Origin => {
      const found = stageNamed(stages, word, stage.index)
      return found === null ? { kind: 'image', name: word } : { kind: 'stage', index: found.index }
    }
    const base = located(source, stage.from.place, () => {
      const word = baseOf(stage)
      if (word === 'scratch') return { kind: 'scratch' } as const
      // a number is no base: `FROM 0` is an image called 0
      return /^\d+$/.test(word) ? ({ kind: 'image', name: word } as const) : originOf(word)
    })
    const origins = new Map<string, Origin>()
    for (const instruction of stage.instructions) {
      for (const word of fromWords(instruction)) {
        origins.set(
          word,
          located(source, instruction.place, () => originOf(word)),
        )
      }
    }
    const needs = [base, ...origins.values()].flatMap(origin => (origin.kind === 'stage' ? [origin.index] : []))
    return { stage, base, origins, needs: [...new Set(needs)].sort((a, b) => a - b) }
  })
}

/** The `--from` of COPY, the `from` of RUN's mounts. */
export function fromWords(instruction: Instruction): string[] {
  if (instruction.kind === 'COPY' || instruction.kind === 'ADD')
    return instruction.from === null ? [] : [instruction.from]
  if (instruction.kind !== 'RUN') return []
  return instruction.mounts.flatMap(mount => ('from' in mount && mount.from !== null ? [mount.from] : []))
}

/** The target and all that it needs, in the order of the file. */
export function neededFor(graph: readonly StageNode[], target: number): StageNode[] {
  const wanted = new Set<number>()
  const want = (index: number): void => {
    if (wanted.has(index)) return
    wanted.add(index)
    graph[index]!.needs.forEach(want)
  }
  want(target)
  return graph.filter(({ stage }) => wanted.has(stage.index))
}
