/** `chN run --lab`: the attempts of the working copy, or those that a grader compiled for one run. */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import type { Swap } from '#core/lab'
import { type Lab, labs } from '#labs/index'
import { attemptPath } from '#labs/runner/places'
import { compileInto, swapIn } from './attempts.js'
import { skeletonOf } from './begin.js'
import { newAttemptsDirectory } from './sandbox.js'

/** @throws MiniDockerError NotFound when there is none, InvalidArgument when one cannot be compiled */
export async function swapFor(chapter: string): Promise<Swap> {
  const given = process.env.MINI_DOCKER_ATTEMPTS
  if (given !== undefined) return swapIn(given, chapter)
  const begun = labs.filter(lab => lab.chapter <= chapter && fs.existsSync(attemptPath(lab)))
  if (begun.length === 0) {
    fail('NotFound', {
      what: `attempts for ${chapter}`,
      why: 'there are none',
      hint: 'mini-docker lab list, then lab start ID',
    })
  }
  const written = begun.filter(lab => !isSkeleton(lab))
  if (written.length > 0) sayLeftOut(begun.filter(isSkeleton))
  const directory = newAttemptsDirectory()
  for (const lab of written.length > 0 ? written : begun) {
    const refused = await compileInto(directory, lab, attemptPath(lab))
    if (refused !== null) fail('InvalidArgument', { what: `labs/${lab.id}/attempt.ts`, why: refused.problems[0]! })
  }
  return swapIn(directory, chapter)
}

const isSkeleton = (lab: Lab): boolean => fs.readFileSync(attemptPath(lab), 'utf8') === skeletonOf(lab)

/** A lab that was just begun does not keep those that are solved from running. */
function sayLeftOut(skeletons: readonly Lab[]): void {
  for (const { id } of skeletons)
    process.stderr.write(`mini-docker: labs/${id}/attempt.ts is the skeleton still: the chapter's own part runs\n`)
}
