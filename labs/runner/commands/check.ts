/** `lab check`: grades, and says what is wrong first. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import type { Flags } from '#core/cli/flags'
import { fail, MiniDockerError } from '#core/errors'
import { type Lab, labs } from '#labs/index'
import { collectResults, exitCodeOf } from '#labs/runner/grade/collect'
import { endOrderly, Grading } from '#labs/runner/grade/grading'
import { inspectGrader } from '#labs/runner/grade/intact'
import type { LabResult, Results } from '#labs/runner/grade/results'
import { findLab, labOrCurrent, labsOfChapter } from '#labs/runner/progress/choose'
import { readProgress } from '#labs/runner/progress/progress'
import { record } from '#labs/runner/progress/record'
import { digestOfFile } from '../digest.js'
import { attemptPath } from '../places.js'
import { annotations } from '../report/annotations.js'
import { junit } from '../report/junit.js'
import { labLines, summaryLines } from '../report/text.js'
import { labCommand } from './lab-command.js'

export const check = labCommand({
  name: 'lab check',
  about:
    'Grade attempts, the current one by default. Exit code: 0 nothing failed (what this machine cannot run has no points ' +
    'and is named); 1 something failed, is unsolved or not started, or the grader was changed; 125 the tool itself failed.',
  usage: '[LAB...]',
  most: Number.POSITIVE_INFINITY,
  flags: [
    { name: 'all', about: 'every lab' },
    { name: 'chapter', value: 'CHAPTER', many: true, about: 'the labs of a chapter' },
    {
      name: 'bin',
      value: 'COMMAND',
      about: 'with a --chapter: grade a tool of your own, in any language, by what it does',
    },
    { name: 'plan', about: 'plan and rules alone, no effects: on any machine, at once' },
    { name: 'json', about: 'results as JSON, versioned: site/public/lab-results-1.schema.json' },
    { name: 'junit', value: 'FILE', about: "results as JUnit's XML, too" },
    { name: 'annotations', about: 'results as annotations of GitHub, too' },
  ],
  examples: [
    'lab check',
    'lab check ch1/enter-root --plan',
    'lab check --all --json --junit labs.xml',
    "lab check --chapter 1 --bin './my-tool run'",
    'lab check --chapter 4 --bin ./my-tool',
  ],
  async run(flags, ids) {
    const tool = toolOf(flags, ids)
    const chosen = tool === null ? choose(flags, ids) : []
    const junitFile = flags.one('junit')
    if (junitFile !== undefined) mustBeWritable(junitFile)
    endOrderly()
    const json = flags.on('json')
    const { out, err, printJson, printToned, printWarning } = await import('#core/cli/print')
    const results: LabResult[] = []
    const { intact } = inspectGrader()
    const whole = !flags.on('plan')
    if (tool !== null) {
      const { gradeBlackBox } = await import('#labs/runner/grade/black-box')
      results.push(await gradeBlackBox(tool.chapter, tool.command))
      if (!json) printToned(labLines(results[0]!))
    }
    for (const lab of chosen) {
      const attempt = digestOfFile(attemptPath(lab))
      const result = (await new Grading().grade(lab, !whole))!
      if (!json) printToned([...(results.length === 0 ? [] : [[] as const]), ...labLines(result)])
      results.push(result)
      const lost = attempt === null ? null : record(lab, { result, attempt, whole, intact })
      if (lost !== null) printWarning(`this is not recorded: ${lost}`)
    }
    const all = collectResults(results)
    if (json) printJson(all)
    else printToned(summaryLines(all))
    // a runner reads them on either stream; stdout is the JSON's
    if (flags.on('annotations')) (json ? err : out)(annotations(all, partLine))
    if (junitFile !== undefined) writeJunit(junitFile, all)
    return exitCodeOf(all)
  },
})

/** The tool that --bin names, and the chapter that it is held against; null without --bin. @throws MiniDockerError */
function toolOf(flags: Flags, ids: readonly string[]): { readonly chapter: string; readonly command: string } | null {
  const command = flags.one('bin')
  if (command === undefined) return null
  const [chapter, ...more] = flags.all('chapter')
  const odd = ['all', 'plan', 'annotations'].find(name => flags.on(name))
  if (chapter === undefined || more.length > 0 || ids.length > 0 || odd !== undefined) {
    fail('InvalidArgument', {
      what: '--bin',
      why: odd === undefined ? 'goes with one --chapter, and no lab' : `does not go with --${odd}`,
      hint: "mini-docker lab check --chapter 1 --bin './my-tool run'",
    })
  }
  return { chapter: labsOfChapter(chapter)[0]!.chapter, command }
}

/** @throws MiniDockerError when that is contradictory, or names what is not there */
function choose(flags: Flags, ids: readonly string[]): readonly Lab[] {
  const chapters = flags.all('chapter')
  const ways = [ids.length > 0, flags.on('all'), chapters.length > 0].filter(Boolean).length
  if (ways > 1) {
    fail('InvalidArgument', {
      what: 'lab check',
      why: 'labs were given in two ways',
      hint: 'name labs, or a --chapter, or --all',
    })
  }
  if (flags.on('all')) return labs
  if (chapters.length > 0) {
    const wanted = chapters.flatMap(labsOfChapter)
    return labs.filter(lab => wanted.includes(lab))
  }
  return ids.length === 0 ? [labOrCurrent(undefined, readProgress)] : [...new Set(ids.map(findLab))]
}

/** Before anything is graded: it would be a pity. */
function mustBeWritable(file: string): void {
  const directory = path.dirname(path.resolve(file))
  try {
    fs.accessSync(fs.existsSync(file) ? file : directory, fs.constants.W_OK)
    if (fs.existsSync(file) && fs.statSync(file).isDirectory()) throw new Error('it is a directory')
  } catch (error) {
    cannotWrite(file, error)
  }
}

function writeJunit(file: string, all: Results): void {
  try {
    fs.writeFileSync(file, junit(all))
  } catch (error) {
    cannotWrite(file, error)
  }
}

const cannotWrite = (file: string, error: unknown): never => {
  throw new MiniDockerError('FailedPrecondition', {
    what: `junit file '${file}'`,
    why: `cannot be written: ${(error as Error).message}`,
    cause: error,
  })
}

/** Where the attempt defines the part: what a failed check is about. */
function partLine({ lab: id }: LabResult): number {
  const lab = labs.find(one => one.id === id)!
  if (!fs.existsSync(attemptPath(lab))) return 1
  const lines = fs.readFileSync(attemptPath(lab), 'utf8').split('\n')
  const definition = new RegExp(`\\b(const|let|function)\\s+${lab.exports[0]}\\b`)
  return (
    Math.max(
      0,
      lines.findIndex(line => definition.test(line)),
    ) + 1
  )
}
