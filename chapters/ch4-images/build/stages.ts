/** Instructions → stages: what stands before the first FROM, and what each FROM begins. */

import { fail } from '#core/errors'
import type { Instruction } from '../dockerfile/instruction.js'
import type { Dockerfile } from '../dockerfile/parse.js'
import { failAt } from '../dockerfile/place.js'
import { readInstructions } from '../dockerfile/read.js'

export type From = Extract<Instruction, { kind: 'FROM' }>

export interface Stage {
  readonly index: number
  /** `AS name`, in lower case. */
  readonly name: string | null
  readonly from: From
  readonly instructions: readonly Instruction[]
}

export interface Stages {
  /** ARGs before the first FROM: the only thing that may stand there. */
  readonly global: readonly Extract<Instruction, { kind: 'ARG' }>[]
  readonly stages: readonly Stage[]
}

/** @throws DockerfileError */
export function stagesOf(dockerfile: Dockerfile): Stages {
  const { source } = dockerfile
  const global: Stages['global'][number][] = []
  const stages: { index: number; name: string | null; from: From; instructions: Instruction[] }[] = []
  for (const instruction of readInstructions(dockerfile)) {
    const stage = stages.at(-1)
    if (instruction.kind === 'FROM') {
      const { name } = instruction
      if (name !== null && stages.some(one => one.name === name)) {
        failAt(source, instruction.place, `there is a stage '${name}' already`, 'choose another name')
      }
      stages.push({ index: stages.length, name, from: instruction, instructions: [] })
    } else if (stage !== undefined) stage.instructions.push(instruction)
    else if (instruction.kind === 'ARG') global.push(instruction)
    else failAt(source, instruction.place, `${instruction.kind} stands before the first FROM`, 'only ARG may')
  }
  if (stages.length === 0) failAt(source, { line: 1, end: 1 }, 'has no FROM', 'FROM scratch')
  return { global, stages }
}

/**
 * The stage that a word names: by its name, or by its number.
 * @returns null when it names none, and so must be an image
 * @throws MiniDockerError InvalidArgument for one that comes later, or the stage itself: it would wait for itself
 */
export function stageNamed(stages: readonly Stage[], word: string, before: number): Stage | null {
  const found =
    stages.find(({ name }) => name === word.toLowerCase()) ?? (/^\d+$/.test(word) ? stages[Number(word)] : null)
  if (found === undefined) fail('InvalidArgument', { what: `stage '${word}'`, why: 'there are not as many' })
  if (found === null || found!.index < before) return found ?? null
  return fail('InvalidArgument', {
    what: `stage '${word}'`,
    why: found!.index === before ? 'cannot be made of itself' : 'comes later in the file',
    hint: 'a stage may use only the ones before it',
  })
}

export function targetStage(stages: readonly Stage[], target: string | undefined): Stage {
  if (target === undefined) return stages.at(-1)!
  const found = stages.find(({ name, index }) => name === target.toLowerCase() || String(index) === target)
  const names = stages.flatMap(({ name }) => name ?? [])
  return (
    found ??
    fail('NotFound', {
      what: `stage '${target}'`,
      why: 'there is none of that name',
      hint: names.length === 0 ? `a number up to ${stages.length - 1}` : names.join(', '),
    })
  )
}
