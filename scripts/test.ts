/**
 * `npm test`: every test file in a process of its own, some at a time, and one line at the end that counts. Files that took
 * long in the last run begin first, so that none of them is left alone at the end.
 *
 *   node dist/scripts/test.js [--jobs N] [--without REGEX] [PATH…]
 *
 * PATH: a part of the test's path below test/ (default: all but those with a command of their own).
 *
 * A test that cannot run here prints `skipped: <name>: needs <what>`: those are counted and listed, never hidden.
 */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { treeOf } from '#core/exec/suspend'

const root = fileURLToPath(new URL('../test/', import.meta.url))
const { values, positionals } = parseArgs({
  options: { jobs: { type: 'string' }, without: { type: 'string', default: '^$' } },
  allowPositionals: true,
})
const leftOut = new RegExp(values.without)
/** For a file that hangs: tests that wait have bounds of their own. */
const FILE_LIMIT_MS = 15 * 60_000
/** From the last test's end to the process's: something that was opened keeps one. */
const END_LIMIT_MS = 20_000
/** How long each file took, in seconds by name: no loss when it is gone, or of another machine. */
const memory = new URL('../../node_modules/.cache/mini-docker/test-seconds.json', import.meta.url)

/** What wants other people's programs, a registry, a browser or another kernel has a command of its own. */
const isOnItsOwn = (name: string): boolean => /^(peers|package|browser)\/|-(cgroup2|full-v2)\.test\.js$/.test(name)

interface Result {
  readonly file: string
  readonly passed: number
  readonly failed: number
  readonly skipped: readonly string[]
  readonly seconds: number
  readonly output: string
}

const files = fs
  .readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.test.js'))
  .filter(name => (positionals.length === 0 ? !isOnItsOwn(name) : positionals.some(part => name.includes(part))))
  .filter(name => !leftOut.test(name))
  .sort()
const remembered = readMemory()
/** One that is new may take any time. */
const expected = (file: string): number => remembered[file] ?? FILE_LIMIT_MS

function readMemory(): Readonly<Record<string, number>> {
  try {
    return JSON.parse(fs.readFileSync(memory, 'utf8')) as Record<string, number>
  } catch {
    return {}
  }
}

function remember(): void {
  const seconds = Object.fromEntries(results.map(({ file, seconds }) => [file, Math.round(seconds * 10) / 10]))
  try {
    fs.mkdirSync(new URL('./', memory), { recursive: true })
    fs.writeFileSync(memory, JSON.stringify({ ...remembered, ...seconds }))
  } catch {
    // not ours to write: the order is as good as it was
  }
}

async function runFile(file: string): Promise<Result> {
  const start = performance.now()
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env // costs every Node 20 start more than the start itself
  const child = spawn(process.execPath, ['--enable-source-maps', root + file], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const end = (): void => {
    for (const pid of [...treeOf(child.pid!)]) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // it has just ended
      }
    }
  }
  const timer = setTimeout(end, FILE_LIMIT_MS)
  let output = ''
  let atEnd: NodeJS.Timeout | undefined
  child.stdout.on('data', chunk => {
    output += chunk
    if (/^\s+Duration:/m.test(output)) atEnd ??= setTimeout(end, END_LIMIT_MS)
  })
  child.stderr.on('data', chunk => (output += chunk))
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  clearTimeout(timer)
  clearTimeout(atEnd)
  const count = (word: string): number => Number(new RegExp(`^\\s+${word}:\\s+(\\d+)`, 'm').exec(output)?.[1] ?? 0)
  const total = count('Total')
  const passed = count('Passed')
  // a file that ends badly without a failed test, or runs none, has failed as a whole
  const skipped = [...output.matchAll(/^skipped: (.*)$/gm)].map(([, what]) => what!)
  const failed = total - passed || (code === 0 && total > 0 ? 0 : 1)
  return { file, passed: passed - skipped.length, failed, skipped, seconds: (performance.now() - start) / 1000, output }
}

const results: Result[] = []
const queue = [...files].sort((one, other) => expected(other) - expected(one))
/** One more than there are processors: most files wait as long as they compute, for disks, clocks and the ends of containers. */
const jobs = Number(values.jobs ?? Math.min(os.availableParallelism() + 1, 5))
await Promise.all(
  Array.from({ length: jobs }, async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await runFile(file)
      results.push(result)
      const mark = result.failed > 0 ? 'FAIL' : 'ok  '
      console.log(`${mark} ${file.replace('.test.js', '')}  ${result.passed} passed  ${result.seconds.toFixed(1)} s`)
      if (result.failed > 0) console.log(result.output)
    }
  }),
)

remember()
const sum = (of: (result: Result) => number): number => results.reduce((total, result) => total + of(result), 0)
const skipped = results.flatMap(result => result.skipped)
for (const what of skipped) console.log(`skipped: ${what}`)
/** `chapters/ch4-run: "the name of a test" and what it said`, one line each: what is read first when something failed. */
const failures = results
  .filter(result => result.failed > 0)
  .flatMap(({ file, output }) => {
    const told = [...output.matchAll(/^\s+FAIL\s+(.*)\n\s*(.*)/gm)].map(([, name, why]) => `${name}: ${why}`)
    return (told.length > 0 ? told : [`its process did not end well: ${output.trim().split('\n').at(-1)}`]).map(
      what => `${file.replace('.test.js', '')}: ${what}`,
    )
  })
for (const what of failures) console.log(`failed: ${what}`)
const tally = { passed: sum(result => result.passed), failed: sum(result => result.failed), skipped: skipped.length }
if (process.env.MINI_DOCKER_TALLY !== undefined) {
  fs.appendFileSync(process.env.MINI_DOCKER_TALLY, `${JSON.stringify({ ...tally, failures })}\n`)
}
console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`)
process.exitCode = tally.failed > 0 || tally.passed === 0 ? 1 : 0
