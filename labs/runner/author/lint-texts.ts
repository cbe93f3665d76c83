/** The texts of a lab: every check is explained, every language is there, no hint gives the answer away, nothing strays. */

import * as fs from 'node:fs'
import type { Lab } from '#labs/index'
import type { Grader } from '#labs/runner/grade/grader'
import { allChecks } from '#labs/runner/grade/judge'
import { hintsOf } from '#labs/runner/hints'
import { labDirectory } from '#labs/runner/places'

const languages = ['', '.zh'] as const
const known = /^(task|hints)(\.zh)?\.md$|^wrong$|^mutants\.json$|^attempt\.ts\.bak\d*$/
/** Shorter lines are like many others. */
const TELLING = 24

export function lintTexts(lab: Lab, grader: Grader, source: string): string[] {
  const directory = labDirectory(lab)
  const checks = allChecks(grader).map(({ id }) => id)
  const answer = solutionLines(source)
  const strays = fs.readdirSync(directory).filter(name => !known.test(name))
  return [
    ...strays.map(name => `labs/${lab.id}/${name} does not belong here`),
    ...languages.flatMap(language => {
      const [task, hints] = [`task${language}.md`, `hints${language}.md`]
      const missing = [task, hints].filter(name => !fs.existsSync(directory + name))
      if (missing.length > 0) return missing.map(name => `labs/${lab.id}/${name} is missing`)
      const text = (name: string): string => fs.readFileSync(directory + name, 'utf8')
      return [
        ...lintTask(task, text(task), checks),
        ...lintHints(hints, text(hints), checks),
        ...[task, hints].flatMap(name => givenAway(name, text(name), answer)),
      ]
    }),
  ]
}

function lintTask(name: string, text: string, checks: readonly string[]): string[] {
  const explained = [...text.matchAll(/^### .*\{#([\w-]+)\}$/gm)].map(([, id]) => id!)
  return [
    ...checks.filter(id => !explained.includes(id)).map(id => `${name} does not explain the check '${id}'`),
    ...explained.filter(id => !checks.includes(id)).map(id => `${name} explains '${id}', which is no check`),
  ]
}

function lintHints(name: string, text: string, checks: readonly string[]): string[] {
  const { rising, byCheck } = hintsOf(text)
  return [
    ...(rising.length === 3 ? [] : [`${name} has ${rising.length} rising hints, not 3`]),
    ...[...rising, ...byCheck.values()].filter(hint => hint.trim() === '').map(() => `${name} has an empty hint`),
    ...[...byCheck.keys()]
      .filter(id => !checks.includes(id))
      .map(id => `${name} has a hint for '${id}', which is no check`),
    ...(byCheck.size > 0 ? [] : [`${name} has no hint that belongs to a check`]),
  ]
}

const givenAway = (name: string, text: string, answer: readonly string[]): string[] =>
  answer.filter(line => text.includes(line)).map(line => `${name} gives the answer away: ${line}`)

function solutionLines(source: string): string[] {
  const spans = [...source.matchAll(/\/\/ #region solution[\w-]*\n([\s\S]*?)\/\/ #endregion solution/g)]
  return spans
    .flatMap(([, body]) => body!.split('\n').map(line => line.trim()))
    .filter(line => line.length >= TELLING && !/^(why|by):/.test(line))
}
