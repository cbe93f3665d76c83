/** The thread of mutate.ts: gets the path of a module, says whether plan checks reject it. Our own code: no sandbox. */

import { parentPort, workerData } from 'node:worker_threads'
import { labs } from '#labs/index'
import { type Answer, answerOne } from '#labs/runner/attempt/sandboxed'
import { hear } from '#labs/runner/grade/evidence'
import { loadGrader } from '#labs/runner/grade/grade'
import { judgePlan } from '#labs/runner/grade/judge'

const lab = labs.find(({ id }) => id === workerData)!
const grader = await loadGrader(lab)

parentPort!.on('message', async (module: string) => {
  parentPort!.postMessage(await rejects(module))
})

async function rejects(module: string): Promise<boolean> {
  let exports: Readonly<Record<string, unknown>>
  try {
    exports = (await import(module)) as typeof exports
  } catch {
    return true
  }
  const heard = hear(lab, grader, questions => ({
    // through JSON, as out of the sandbox
    answers: questions.map(question => JSON.parse(JSON.stringify(answerOne(exports, question))) as Answer),
    ended: null,
    printed: '',
  }))
  if (heard.kind !== 'evidence') return true
  return judgePlan(lab, grader, heard.evidence).some(({ status }) => status !== 'passed')
}
