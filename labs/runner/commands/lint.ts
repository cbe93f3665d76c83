/** `lab lint`: for authors, and in CI. */

import type { Command } from '#core/cli/command'
import { out } from '#core/cli/print'
import { fail } from '#core/errors'
import { type Lab, labs } from '#labs/index'
import type { Reason } from '#labs/runner/author/mutate'
import { inspectGrader, manifestName, writeManifest } from '#labs/runner/grade/intact'

const FEWEST_REJECTED = 0.95
const MOST_EQUIVALENT = 0.05

export const lintCommand: Command = {
  name: 'lab lint',
  about: 'Grade the graders: reference, skeleton, wrong answers and texts of each lab. For authors, and in CI.',
  usage: '[ID...]',
  flags: [
    { name: 'mutants', about: 'also run each grader over all mutants of its reference (minutes)' },
    { name: 'write', about: 'publish the graders: write what their files must hash to (labs/graders.sha256)' },
  ],
  examples: ['lab lint', 'lab lint ch1/enter-root', 'lab lint --mutants'],
  async run(flags, ids) {
    // parsing and mutating programs takes long to load
    const { lint } = await import('#labs/runner/author/lint')
    if (flags.on('write')) {
      out(`${manifestName}: ${writeManifest()} files\n`)
      return 0
    }
    let wrong = 0
    for (const lab of ids.length === 0 ? labs : ids.map(named)) {
      const { problems, notSeen } = await lint(lab)
      const more = flags.on('mutants') ? await lintMutants(lab) : nothing
      const all = [...problems, ...more.problems]
      wrong += all.length
      out(`${lab.id}: ${all.length === 0 ? 'fit to be set' : `${all.length} to mend`}${more.said}\n`)
      for (const problem of all) out(`  ${problem}\n`)
      for (const name of more.listed) out(`  ${name}\n`)
      if (notSeen.length > 0) out(`  not seen on this machine: ${notSeen.join(', ')}\n`)
    }
    const { intact, changed } = inspectGrader()
    if (!intact) out(`${manifestName}: ${changed.length} files differ (lab lint --write)\n`)
    return wrong === 0 && intact ? 0 : 1
  },
}

interface MutantsSaid {
  readonly said: string
  readonly problems: readonly string[]
  /** Those that live, with the reason where there is one. */
  readonly listed: readonly string[]
}
const nothing: MutantsSaid = { said: '', problems: [], listed: [] }

async function lintMutants(lab: Lab): Promise<MutantsSaid> {
  const { mutate } = await import('#labs/runner/author/mutate')
  const { total, rejected, equivalent, letThrough, unexplained, stale } = await mutate(lab)
  const real = total - equivalent.length
  const share = rejected / real
  const listed =
    (what: string) =>
    ({ mutant, because }: Reason): string =>
      `${what}: ${mutant}: ${because}`
  return {
    said: `; ${rejected} of ${real} mutants rejected (${Math.floor(100 * share)} %), ${equivalent.length} equivalent`,
    problems: [
      ...(share >= FEWEST_REJECTED ? [] : [`it rejects fewer than ${100 * FEWEST_REJECTED} % of the mutants`]),
      ...unexplained.map(name => `lets through, and mutants.json does not say why: ${name}`),
      ...stale.map(name => `mutants.json: no mutant lives that is called '${name}'`),
      ...(equivalent.length <= Math.max(1, MOST_EQUIVALENT * total)
        ? []
        : [`${equivalent.length} of ${total} mutants are declared equivalent: too many`]),
    ],
    listed: [...letThrough.map(listed('lets through')), ...equivalent.map(listed('equivalent'))],
  }
}

const named = (id: string): Lab =>
  labs.find(lab => lab.id === id) ??
  fail('NotFound', { what: `lab '${id}'`, why: 'there is none of that name', hint: 'mini-docker lab list' })
