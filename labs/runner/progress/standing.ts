/** Where a learner stands with each lab: what `list` and `status` show. */

import * as fs from 'node:fs'
import type { Tone } from '#core/doctor/lines'
import { type Lab, labs } from '#labs/index'
import { digestOfFile } from '#labs/runner/digest'
import { attemptPath } from '#labs/runner/places'
import { type Progress, progressOf } from './progress.js'

/** begun: there is an attempt, which was not graded yet. */
export type State = 'passed' | 'incomplete' | 'failed' | 'broken' | 'unsolved' | 'begun' | 'not started'

export interface Standing {
  readonly lab: string
  readonly title: string
  readonly chapter: string
  readonly state: State
  /** Of the best grading that counts. */
  readonly points: number
  /** Unknown before the first grading. */
  readonly of: number | null
  readonly current: boolean
  /** Whether the attempt is another than the one that was graded last. */
  readonly changed: boolean
  readonly hints: number
}

export const standings = (progress: Progress): Standing[] => labs.map(lab => standingOf(lab, progress))

function standingOf(lab: Lab, progress: Progress): Standing {
  const { id, title, chapter } = lab
  const { hints, best, last } = progressOf(progress, lab)
  const there = fs.existsSync(attemptPath(lab))
  const state = best?.status ?? (there ? (last?.status ?? 'begun') : 'not started')
  return {
    lab: id,
    title,
    chapter,
    state,
    points: best?.points ?? 0,
    of: (best ?? last)?.of ?? null,
    current: progress.current === id,
    changed: there && last !== undefined && digestOfFile(attemptPath(lab)) !== last.attempt,
    hints: hints.length,
  }
}

export const stateMarks: Readonly<Record<State, readonly [Tone, string]>> = {
  passed: ['good', '✓'],
  incomplete: ['poor', '✓'],
  failed: ['bad', '✗'],
  broken: ['bad', '✗'],
  unsolved: ['poor', '·'],
  begun: ['poor', '·'],
  'not started': ['quiet', ' '],
}
