/** What core says about plans, as rows for the reference: phases, invariants, errors. */

import { type ErrorClass, exitCode } from '#core/errors'
import { invariants } from '#core/plan/invariants'
import { aboutPhase, laneOf, phases } from '#core/plan/phase'
import type { Language } from './labs.js'
import { translated } from './translated.js'

export interface PhaseRow {
  readonly name: string
  readonly lane: 'host' | 'child'
  readonly about: string
}
export interface RuleRow {
  readonly name: string
  readonly rule: string
}
export interface ErrorRow {
  readonly name: string
  readonly meaning: string
  readonly example: string
}
export interface ExitRow {
  readonly code: string
  readonly meaning: string
}

export const phaseRows = (language: Language): PhaseRow[] =>
  phases.map(name => ({
    name,
    lane: laneOf(name),
    about: translated('phases', name, aboutPhase(name), language),
  }))

export const invariantRows = (language: Language): RuleRow[] =>
  invariants.map(({ name, rule }) => ({ name, rule: translated('invariants', name, rule, language) }))

/** The record makes the compiler see to it that no class is forgotten. */
export const classes: Readonly<Record<ErrorClass, readonly [meaning: string, example: string]>> = {
  NotFound: ['what was named is not there', "rootfs '/nope': there is no such directory"],
  AlreadyExists: ['what was to be made is there already', "container 'web': is running"],
  InvalidArgument: ['what was asked for cannot be meant', "flag '--nope': is unknown"],
  FailedPrecondition: [
    'the request makes sense, the state of the machine does not allow it',
    "mount 'proc' on '/proc': EPERM",
  ],
  Unsupported: [
    'this chapter, or this kernel, does not know it',
    "spec field 'linux.resources': ch1 does not know it: that is ch3",
  ],
  Unavailable: ['what it takes is not there now, and may be later', 'the native executor: is not built'],
}

export const exits: readonly ExitRow[] = [
  { code: '0 … 124', meaning: "the program's own" },
  { code: String(exitCode.toolFailed), meaning: 'mini-docker itself failed: no program ran' },
  { code: String(exitCode.notExecutable), meaning: 'the program was found and cannot be executed' },
  { code: String(exitCode.notFound), meaning: 'the program was not found' },
  { code: `${exitCode.signalBase} + n`, meaning: 'signal n ended the program: 137 is SIGKILL, 143 is SIGTERM' },
]

export const errorRows = (language: Language): ErrorRow[] =>
  Object.entries(classes).map(([name, [meaning, example]]) => ({
    name,
    meaning: translated('errors', name, meaning, language),
    example,
  }))

export const exitRows = (language: Language): ExitRow[] =>
  exits.map(({ code, meaning }) => ({ code, meaning: translated('exits', code, meaning, language) }))

export interface Rules {
  readonly phases: PhaseRow[]
  readonly invariants: RuleRow[]
  readonly errors: ErrorRow[]
  readonly exits: ExitRow[]
}

export const rules = (language: Language): Rules => ({
  phases: phaseRows(language),
  invariants: invariantRows(language),
  errors: errorRows(language),
  exits: exitRows(language),
})
