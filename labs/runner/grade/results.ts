/**
 * What a grading comes to, as data: what `lab check --json` prints, and what every other form (text, JUnit, annotations) is
 * made from. Versioned: fields are added, never renamed or given another meaning, without a new version.
 */

import type { Rung } from './grader.js'

export interface Row {
  readonly index: number
  readonly phase: string
  /** The step as strace would show it. */
  readonly call: string
  /** Whether the step is the attempt's own. */
  readonly own: boolean
  /** Whether it is one that the failure is about. */
  readonly marked: boolean
}

export interface CheckResult {
  readonly id: string
  readonly title: string
  readonly rung: Rung
  readonly status: 'passed' | 'failed' | 'not run'
  readonly points: number
  readonly of: number
  /** Of a check that was not run: what is missing, or which check stands before it. */
  readonly reason?: string
  readonly failure?: { readonly expected: string; readonly found: string; readonly rows: readonly Row[] }
  /** Where it is explained: a path of the site. */
  readonly page: string
}

/**
 * passed: every check did. incomplete: none failed, but some could not be run here. failed: one failed. unsolved: the
 * skeleton is still as it was cut. broken: it cannot be compiled, threw, or did not come to an end.
 */
export type Status = 'passed' | 'incomplete' | 'failed' | 'unsolved' | 'broken' | 'not started'

export interface LabResult {
  readonly lab: string
  readonly title: string
  readonly chapter: string
  readonly status: Status
  readonly points: number
  readonly of: number
  /** Points by rung. */
  readonly parts: Readonly<Record<Rung, { readonly points: number; readonly of: number }>>
  readonly checks: readonly CheckResult[]
  /** Of one that is broken: compiler's errors, `file:line:column: text`, or what it threw. */
  readonly problems: readonly string[]
  /** What the attempt wrote to stdout and stderr, its first 2000 characters. */
  readonly printed: string
  readonly seconds: number
}

export interface Results {
  readonly version: 1
  readonly tool: string
  /** Whether the grader's own files are the ones that were published. Where not, no point counts. */
  readonly grader: { readonly digest: string; readonly intact: boolean; readonly changed: readonly string[] }
  readonly platform: string
  readonly root: boolean
  readonly points: number
  readonly of: number
  readonly labs: readonly LabResult[]
}
