/** Where a lab's files lie. This file runs as dist/labs/runner/places.js. */

import { fileURLToPath } from 'node:url'
import type { Lab } from '#labs/index'

/** With a slash at its end. */
export const repository = fileURLToPath(new URL('../../../', import.meta.url))

export const labDirectory = ({ id }: Lab): string => `${repository}labs/${id}/`
export const attemptPath = (lab: Lab): string => `${labDirectory(lab)}attempt.ts`
export const referencePath = ({ source }: Lab): string => `${repository}${source}`
/** The grader as it was compiled: to be imported. */
export const graderPath = ({ id }: Lab): string => `${repository}dist/test/labs/${id}.js`
