/** The facts of this host, with those that only a trial can tell. */

import { canIdmap } from '#core/exec/probe-idmap'
import type { Facts } from '#core/sys/facts'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { executorFor } from './examine.js'
import { Scratch } from './scratch.js'

export async function probeWithTrials(): Promise<Facts> {
  const facts = probeFacts()
  const scratch = new Scratch(directories().data)
  try {
    const executor = await executorFor(scratch)
    return executor === null ? facts : { ...facts, idmap: await canIdmap(executor, scratch.path, facts) }
  } finally {
    scratch.remove()
  }
}
