/**
 * `node grade-worker.js`: grades one lab, in a process of its own that can be stopped at any time and leaves nothing. It is
 * ready before it is asked, reads one line of JSON, and answers in lines of JSON: what it knows early, then what it knows.
 */

import * as fs from 'node:fs'
import { MiniDockerError } from '#core/errors'
import { labs } from '#labs/index'
import { grade } from './grade.js'
import type { LabResult } from './results.js'

export interface Order {
  readonly lab: string
  readonly planOnly: boolean
}
export type Report =
  | { readonly ready: true }
  | { readonly soFar: LabResult }
  | { readonly done: LabResult }
  | { readonly error: string }

/** Comes back when it was heard: what exits before that cuts a long report off. */
const say = (report: Report): Promise<void> =>
  new Promise(resolve => process.stdout.write(`${JSON.stringify(report)}\n`, () => resolve()))

async function obey({ lab: id, planOnly }: Order): Promise<void> {
  const lab = labs.find(one => one.id === id)!
  await say({ done: await grade(lab, { planOnly, onPlan: soFar => void say({ soFar }) }) })
}

/** Everything that grading writes lies below it. */
const scratch = process.env.TMPDIR!
process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }))
for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => process.exit(code))
}

let asked = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', text => {
  asked += text
  if (!asked.endsWith('\n')) return
  obey(JSON.parse(asked) as Order).then(
    () => process.exit(0),
    async error => {
      await say({ error: error instanceof MiniDockerError ? error.line : String((error as Error).stack) })
      process.exit(1)
    },
  )
})
// who wanted to know is gone
process.stdin.on('end', () => process.exit(0))
void say({ ready: true })
