/** `mini-docker doctor`: what this machine can do, chapter by chapter, found out by doing it. */

import type { ChapterEntry } from '#core/doctor/chapters'
import { fail } from '#core/errors'
import type { Command } from './command.js'
import { type Flag, type Flags, parseFlags } from './flags.js'

const flagTable: readonly Flag[] = [
  { name: 'verbose', short: 'v', about: 'every check, also those that went well' },
  { name: 'json', about: 'as JSON, versioned' },
  {
    name: 'facts',
    about: 'the facts that plans are made of, as JSON: for run --explain --facts FILE on another machine',
  },
]

/** @param chapters those of the book */
export const doctorCommand = (chapters: readonly ChapterEntry[]): Command => ({
  name: 'doctor',
  about: 'Try out what this machine can do, and say for each chapter what is missing and what to do about it.',
  usage: '[CHAPTER]',
  flags: flagTable,
  examples: ['doctor', 'doctor ch2 --json', 'doctor --facts > host.json'],
  async run(flags, rest) {
    const known = chapters.map(({ id }) => id)
    const asked = read(known, flags, rest)
    if (asked.facts) return printFacts()
    const { examine } = await import('#core/doctor/examine')
    const { exitCodeFor, judge } = await import('#core/doctor/verdict')
    const { user, checks } = await examine(asked.chapter)
    const meant = chapters.filter(({ id }) => asked.chapter === undefined || id === asked.chapter)
    const verdicts = meant.map(chapter => judge(chapter, checks))
    const { out, printJson, printToned } = await import('./print.js')
    if (asked.json) printJson({ version: 1, user, checks, chapters: verdicts })
    else {
      const { everyCheck, verdictLines } = await import('#core/doctor/lines')
      out(`as ${user.name}${user.root ? '' : ', an ordinary user'}, on ${process.platform}\n`)
      printToned(verdictLines(verdicts, checks))
      if (asked.verbose) printToned([[], ...everyCheck(checks)])
    }
    return exitCodeFor(verdicts, asked.chapter !== undefined)
  },
})

interface Asked {
  readonly chapter: string | undefined
  readonly json: boolean
  readonly verbose: boolean
  readonly facts: boolean
}

/** Flags end at the first argument that is none, for commands that run one; here they may stand behind it. */
function read(known: readonly string[], before: Flags, [chapter, ...rest]: readonly string[]): Asked {
  const { flags: behind, rest: more } = parseFlags('doctor', flagTable, rest)
  const unknown = chapter !== undefined && !known.includes(chapter) ? chapter : more[0]
  if (unknown !== undefined) {
    fail('InvalidArgument', {
      what: `chapter '${unknown}'`,
      why: 'is not one chapter of the book',
      hint: known.join(', '),
    })
  }
  const on = (name: string): boolean => before.on(name) || behind.on(name)
  return { chapter, json: on('json'), verbose: on('verbose'), facts: on('facts') }
}

/** With the one fact that costs a trial, so that a plan made from them elsewhere is the plan that is made here. */
async function printFacts(): Promise<number> {
  const { probeWithTrials } = await import('#core/doctor/facts')
  const { printJson } = await import('./print.js')
  printJson(await probeWithTrials())
  return 0
}
