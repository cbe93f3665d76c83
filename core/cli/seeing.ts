/** The flags by which a chapter's run shows its plan instead of, or beside, performing it; the same for all chapters. */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import type { Executor } from '#core/exec/executor'
import { findStage, nativeExecutor } from '#core/exec/native'
import { cannedFacts, type Facts } from '#core/sys/facts'
import { probeFacts } from '#core/sys/probe'
import type { Flag, Flags } from './flags.js'

export const seeingFlags: readonly Flag[] = [
  { name: 'explain', about: 'print the plan, in two lanes, and perform nothing' },
  { name: 'json', about: 'with --explain: as JSON, versioned' },
  { name: 'trace', about: 'perform, and print each step with its result and microseconds on stderr' },
  { name: 'executor', value: 'NAME', about: 'who performs: native (C), koffi (Node by FFI), dry (nobody)' },
  {
    name: 'facts',
    value: 'HOST',
    about: 'with --explain: plan for another host: v1, v2, hybrid, or a file of doctor --facts',
  },
]

/** Of a chapter's run: main swaps the parts (core/lab.ts). */
export const labFlag: Flag = {
  name: 'lab',
  about: 'with your attempts (labs/…/attempt.ts) in the place of their parts',
}

/** Whether the plan is only looked at. */
export const isPlanning = (flags: Flags): boolean => flags.on('explain') || flags.one('executor') === 'dry'

export async function factsOf(flags: Flags): Promise<Facts> {
  if (flags.on('json') && !isPlanning(flags)) {
    fail('InvalidArgument', { what: "flag '--json'", why: 'is for the plan', hint: 'add --explain' })
  }
  const wanted = flags.one('facts')
  if (wanted === undefined) return probeFacts()
  if (!isPlanning(flags)) {
    fail('InvalidArgument', { what: "flag '--facts'", why: 'is for planning only', hint: 'add --explain' })
  }
  if (wanted === 'v1' || wanted === 'v2' || wanted === 'hybrid') return cannedFacts[wanted]
  let json: unknown
  try {
    json = JSON.parse(fs.readFileSync(wanted, 'utf8'))
  } catch (cause) {
    fail('InvalidArgument', {
      what: `facts '${wanted}'`,
      why: cause instanceof SyntaxError ? 'is no JSON' : 'cannot be read',
      hint: 'v1, v2, hybrid, or a file that mini-docker doctor --facts wrote',
      cause,
    })
  }
  return (await import('#core/sys/parse-facts')).parseFacts(wanted, json)
}

/** The executor asked for; without one native where it is built, else koffi. `dry` is planning, which needs none. */
export async function executorOf(flags: Flags): Promise<Executor> {
  const name = flags.one('executor')
  if (name === undefined || name === 'native') {
    const stage = findStage() ?? (await import('#core/exec/build-native')).buildAtFirstUse()
    if (stage !== null) return nativeExecutor(stage)
    if (name === 'native') {
      fail('Unavailable', {
        what: 'the native executor',
        why: 'is not built',
        hint: 'install a C compiler, then npm run build',
      })
    }
  }
  if (name === undefined || name === 'koffi') return (await import('#core/exec/koffi')).koffiExecutor()
  return fail('InvalidArgument', { what: `executor '${name}'`, why: 'is unknown', hint: 'native, koffi or dry' })
}
