/**
 * Builds the native programs with whatever C compiler is there. npm's prepare does it for a checkout; an installed package
 * carries the sources and builds at first use. One compiler call each, no make; the result appears by rename, whole.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
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
  readonly compiler: string
  readonly directory: string
}

/** native/ of the checkout or the package: two or three up from here, as this file is bundled or not. */
function sourceDirectory(): string | null {
  const places = ['../native/', '../../../native/'].map(place => fileURLToPath(new URL(place, import.meta.url)))
  return places.find(place => fs.existsSync(`${place}protocol.h`)) ?? null
}

/**
 * Compiles into `directory`. @returns null when there is no compiler that can, or nothing to compile
 * @param wanted the probe `inside` is for the tests; a package leaves it out
 */
export function buildNative(
  directory: string,
  wanted: readonly Program[] = ['mini-docker-stage', 'inside'],
): Built | null {
  const sources = sourceDirectory()
  if (sources === null || process.platform !== 'linux') return null
  fs.mkdirSync(directory, { recursive: true })
  for (const [compiler, ...flags] of compilers) {
    if (which(compiler!) === null) continue
    if (wanted.every(program => compile(compiler!, flags, sources, program, `${directory}/${program}`))) {
      return { compiler: [compiler, ...flags].join(' '), directory }
    }
  }
  return null
}

function compile(
  compiler: string,
  flags: readonly string[],
  sources: string,
  program: Program,
  target: string,
): boolean {
  const isProbe = programs[program]
  const files = fs.readdirSync(sources).filter(name => name.endsWith('.c') && name.startsWith('inside') === isProbe)
  const temporary = `${target}.${process.pid}`
  try {
    const common = compiler === 'tcc' ? ['-O2'] : ['-std=c11', '-O2', '-s']
    execFileSync(compiler, [...common, ...flags, '-o', temporary, ...files.map(name => sources + name)], {
      stdio: 'ignore',
    })
    fs.renameSync(temporary, target)
    return true
  } catch {
    fs.rmSync(temporary, { force: true }) // this compiler cannot (no static libc, say): the next may
    return false
  }
}

/**
 * The stage of an installed package: built once for these sources, in the package where it may be written, else among the
 * user's data. @returns its path, null when it cannot be built
 */
export function buildAtFirstUse(): string | null {
  const sources = sourceDirectory()
  if (sources === null || process.platform !== 'linux') return null
  const hash = createHash('sha256')
  for (const name of fs.readdirSync(sources).sort()) hash.update(fs.readFileSync(sources + name))
  const directory = `${directories().data}/native/${hash.digest('hex').slice(0, 16)}`
  const stage = `${directory}/mini-docker-stage`
  if (fs.existsSync(stage)) return stage
  try {
    return buildNative(directory, ['mini-docker-stage']) === null ? null : stage
  } catch {
    return null // nowhere to put it: koffi needs no such place
  }
}
