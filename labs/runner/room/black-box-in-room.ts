/** `node black-box-in-room.js CHAPTER PROGRAM [WORD…]`, inside the room: a line of JSON for each check. */

import { type BlackBox, blackBoxPath, blackBoxResult, Tool } from '#labs/runner/grade/black-box'
import type { CheckResult } from '#labs/runner/grade/results'
import { Room, survived } from './room.js'

const [, , chapter, ...words] = process.argv
const { blackBox } = (await import(blackBoxPath(chapter!).href)) as { blackBox: BlackBox }
process.stdout.write('\n') // the room is there: what ends from here on is ended by what is judged
for (const check of blackBox.checks) {
  const failure = await survived(() => check.judge(new Tool(new Room(''), words)))
  const common = blackBoxResult(chapter!, check)
  const result: CheckResult =
    failure === null
      ? { ...common, status: 'passed', points: check.points }
      : { ...common, status: 'failed', points: 0, failure: { ...failure, rows: [] } }
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
