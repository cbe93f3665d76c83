/** `node in-room.js LAB ATTEMPTS`, inside the room: does the effect checks one by one, and prints a line of JSON for each. */

import { labs } from '#labs/index'
import type { Grader } from '#labs/runner/grade/grader'
import { effectChecks, resultOf } from '#labs/runner/grade/judge'
import { graderPath } from '#labs/runner/places'
import { Room, survived } from './room.js'

const [, , id, attempts] = process.argv
const lab = labs.find(one => one.id === id)!
const { grader } = (await import(graderPath(lab))) as { grader: Grader }
process.stdout.write('\n') // the room is there: what ends from here on is ended by what is judged
const skip = new Set(process.env.MINI_DOCKER_LAB_SKIP?.split(',') ?? [])
for (const check of effectChecks(grader)) {
  if (skip.has(check.id)) continue
  const failure = await survived(() => check.judge(new Room(attempts!)))
  process.stdout.write(`${JSON.stringify(resultOf(lab, check, failure))}\n`)
}
