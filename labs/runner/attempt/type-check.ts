/** TypeScript's word on an attempt: the first feedback there is, at the learner's own line. */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import * as path from 'node:path'
import { repository } from '#labs/runner/places'

const SECONDS = 30
/** It ends within a second: its garbage may lie until there is much of it (pkg.go.dev/runtime), which is a third of its time. */
const environment = { GOGC: 'off', GOMEMLIMIT: '512MiB' }

/** @returns `labs/ch1/enter-root/attempt.ts:7:3: Type … is not assignable …`, one for each error in the file */
export async function typeCheck(file: string): Promise<string[]> {
  const output = await tsc([...options(), file])
  if (output === null)
    return [`${path.relative(repository, file)}:1:1: its types took the compiler more than ${SECONDS} s`]
  // not about a file: it did not get as far as looking at one
  const [general] = /^error TS.*$/m.exec(output) ?? []
  if (general !== undefined) throw new Error(`the compiler cannot be asked: ${general}`)
  const own = path.relative(repository, file)
  const problems: string[] = []
  let isOwn = false
  for (const line of output.split('\n')) {
    const [, at, row, column, text] = /^(.+?)\((\d+),(\d+)\): error TS\d+: (.*)$/.exec(line) ?? []
    if (at !== undefined) {
      isOwn = path.resolve(repository, at) === file
      if (isOwn) problems.push(`${own}:${row}:${column}: ${text}`)
    } else if (isOwn && /^\s+\S/.test(line)) {
      // what it goes on to say, ever more precisely: the end of it is the cause
      problems.push(`${problems.pop()!.replace(/ \(\u2026 .*\)$/, '')} (… ${line.trim()})`)
    }
  }
  return problems
}

/** The repository's own, on the command line: no file has to be written for it, and none is left when we are killed. */
function options(): string[] {
  const { compilerOptions } = JSON.parse(fs.readFileSync(`${repository}tsconfig.json`, 'utf8')) as {
    compilerOptions: Record<string, string | boolean | readonly string[]>
  }
  const all = {
    ...compilerOptions,
    // where #core/… is said to be built, and from what
    rootDir: repository,
    outDir: `${repository}dist`,
    typeRoots: [`${repository}node_modules/@types`],
    // an unfinished attempt may have a name that it does not use yet
    noUnusedLocals: false,
    noUnusedParameters: false,
    noEmit: true,
    pretty: false,
  }
  return ['--ignoreConfig', ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)])]
}

/** The compiler itself; typescript's own way to it, a start of Node that starts it, where there is none for this machine. */
function compiler(): readonly [string, ...string[]] {
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('typescript/package.json'))
  try {
    const itself = resolve(`@typescript/typescript-${process.platform}-${process.arch}/package.json`)
    return [path.join(path.dirname(itself), 'lib', process.platform === 'win32' ? 'tsc.exe' : 'tsc')]
  } catch {
    return [process.execPath, path.join(path.dirname(resolve('typescript/package.json')), 'bin/tsc')]
  }
}

/** @returns null when it came to no end */
function tsc(args: readonly string[]): Promise<string | null> {
  const [program, ...first] = compiler()
  const child = spawn(program, [...first, ...args], {
    cwd: repository,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), SECONDS * 1000)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', text => (output += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (_, signal) => {
      clearTimeout(limit)
      if (signal === 'SIGKILL') resolve(null) // what it had started itself ends with the grading
    })
    child.on('close', () => resolve(output))
  })
}
