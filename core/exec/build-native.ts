/**
 * Builds the native programs with whatever C compiler is there. npm's prepare does it for a checkout; an installed package
 * carries the sources and builds at first use. One compiler call each, no make; the result appears by rename, whole.
 */

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as path from 'node:path'
import { directories } from '#core/sys/paths'
import { which } from '#core/sys/probe'

/**
 * In order of preference: static musl starts fastest (nothing is relocated, nothing probed), then static glibc, then
 * whatever links at all.
 */
const compilers: readonly (readonly string[])[] = [
  ['musl-gcc', '-static'],
  ['gcc', '-static'],
  ['clang', '-static'],
  ['cc', '-static'],
  ['gcc'],
  ['clang'],
  ['tcc'],
]

const programs = { 'mini-docker-stage': false, inside: true } as const
type Program = keyof typeof programs

export interface Built {
  /** Whether all of it is there now. When not, what was there before is gone: it was made from other sources. */
  readonly done: boolean
  readonly compiler: string
  /** What the compiler wrote: warnings, or why it failed. */
  readonly said: string
}

/** native/ of the checkout or the package: two or three up from here, as this file is bundled or not. */
function sourceDirectory(): string | null {
  const places = ['../native/', '../../../native/'].map(place => path.join(import.meta.dirname, place))
  return places.find(place => fs.existsSync(`${place}protocol.h`)) ?? null
}

/**
 * Compiles into `directory` with the first compiler that can. @returns null when there is none, or nothing to compile
 * @param wanted the probe `inside` is for the tests; a package leaves it out
 */
export function buildNative(
  directory: string,
  wanted: readonly Program[] = ['mini-docker-stage', 'inside'],
  sources: string | null = sourceDirectory(),
): Built | null {
  if (sources === null || process.platform !== 'linux') return null
  fs.mkdirSync(directory, { recursive: true })
  let failed: Built | null = null
  let isPlain = false // failed without asking for a static libc, which may be all that the ones before have missed
  for (const [name, ...flags] of compilers) {
    const path = which(name!)
    if (path === null) continue
    const compiled = wanted.map(program => compile(path, name!, flags, sources, program, `${directory}/${program}`))
    const done = compiled.every(({ status }) => status === 0)
    const said = [...new Set(compiled.map(({ stderr }) => stderr))].join('')
    const built = { done, compiler: [name, ...flags].join(' '), said }
    if (done) return built
    if (!isPlain) failed = built
    isPlain ||= flags.length === 0
  }
  if (failed !== null) for (const program of wanted) fs.rmSync(`${directory}/${program}`, { force: true })
  return failed
}

function compile(
  path: string,
  name: string,
  flags: readonly string[],
  sources: string,
  program: Program,
  target: string,
): { readonly status: number | null; readonly stderr: string } {
  const isProbe = programs[program]
  const files = fs.readdirSync(sources).filter(file => file.endsWith('.c') && file.startsWith('inside') === isProbe)
  const temporary = `${target}.${process.pid}`
  const common = name === 'tcc' ? ['-O2'] : ['-std=c11', '-O2', '-s', '-Wall', '-Wextra']
  const { status, stderr, error } = spawnSync(
    path,
    [...common, ...flags, '-o', temporary, ...files.map(file => sources + file)],
    { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
  )
  if (status === 0) fs.renameSync(temporary, target)
  else fs.rmSync(temporary, { force: true })
  return { status, stderr: error === undefined ? stderr : `${error.message}\n` }
}

/**
 * The stage of an installed package: built among the user's data at the first use of this version, and found there
 * afterwards. @returns its path, null when it cannot be built
 */
export function buildAtFirstUse(): string | null {
  const sources = sourceDirectory()
  if (sources === null || process.platform !== 'linux') return null
  const { version } = JSON.parse(fs.readFileSync(`${sources}../package.json`, 'utf8')) as { version: string }
  const directory = `${directories().data}/native/${version}-${process.arch}`
  const stage = `${directory}/mini-docker-stage`
  if (fs.existsSync(stage)) return stage
  try {
    return buildNative(directory, ['mini-docker-stage'], sources)?.done === true ? stage : null
  } catch {
    return null // nowhere to put it: koffi needs no such place
  }
}
