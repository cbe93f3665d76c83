/**
 * What a lab needs of the tool: a way to put the learner's part in the place of the reference, and a word for what is not
 * written yet. Where attempts come from is the runner's business (labs/runner); nothing here knows it.
 */

import type { Parts } from './chapter.js'
import { fail } from './errors.js'

/** The part under that key: the reference, or what a learner made of it. */
export type Swap = <F>(key: string, reference: F) => F

export const noSwap: Swap = (_, reference) => reference

export const swapped = <P extends Parts>(parts: P, swap: Swap): P =>
  Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, swap(key, part)])) as P

const notYet = 'is not solved yet: the part still throws unsolved()'

/**
 * Stands in a skeleton where the learner's code goes.
 * @public skeletons are cut, not kept: nothing here is seen to use it
 */
export const unsolved = (lab: string): never =>
  fail('FailedPrecondition', {
    what: `lab ${lab}`,
    why: notYet,
    hint: `write it in labs/${lab}/attempt.ts; mini-docker lab hint ${lab}`,
  })

/** Whether an error's message is that of a skeleton. */
export const saysUnsolved = (message: string): boolean => message.endsWith(notYet)
