/** Results of labs put together: the one form that every other is made from. */

import * as fs from 'node:fs'
import { repository } from '#labs/runner/places'
import { inspectGrader } from './intact.js'
import type { LabResult, Results } from './results.js'

/** Points are added up where the grader is intact; else none counts, and the sum is 0. */
export function collectResults(labs: readonly LabResult[]): Results {
  const grader = inspectGrader()
  const sum = (of: (lab: LabResult) => number): number => labs.reduce((total, lab) => total + of(lab), 0)
  return {
    version: 1,
    tool: `mini-docker ${versionOfTool()}`,
    grader,
    platform: `${process.platform}-${process.arch}`,
    root: process.geteuid?.() === 0,
    points: grader.intact ? sum(({ points }) => points) : 0,
    of: sum(({ of }) => of),
    labs,
  }
}

const versionOfTool = (): string =>
  (JSON.parse(fs.readFileSync(`${repository}package.json`, 'utf8')) as { version: string }).version

/** 0 when nothing failed, checks that this machine could not run aside; 1 when something did, or no point counts. */
export const exitCodeOf = ({ grader, labs }: Results): number =>
  grader.intact && labs.every(({ status }) => status === 'passed' || status === 'incomplete') ? 0 : 1
