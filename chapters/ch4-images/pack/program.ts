/**
 * A program with exactly the files that it needs, found in three ways: what its ELF files and scripts ask for, what the words
 * of its command name, and what it names itself while it runs. Every file keeps its path.
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { mergeEnv } from '#core/cli/process-flags'
import { fail, MiniDockerError } from '#core/errors'
import { closureOf } from '#core/rootfs/closure'
import { defaultPath } from '#core/spec/runtime'
import { Collector } from './collect.js'
import { spelled } from './config.js'
import { type Owner, settleDirectories } from './entries.js'
import { expectedItems, ownPlaces } from './expected.js'
import type { Item } from './item.js'
import type { Excludes } from './patterns.js'
import type { Traced } from './trace/tracer.js'

export interface ProgramWish {
  readonly command: readonly string[]
  /** Where it starts, here and inside: an absolute path. */
  readonly workdir: string
  /** KEY=VALUE, by --env. */
  readonly env: readonly string[]
  readonly include: readonly string[]
  readonly excluded: Excludes
  readonly packer: Owner
  /** Directories whose content is this tool's own. */
  readonly ownDirectories: readonly string[]
  /** Milliseconds; null: it is not run. */
  readonly traceFor: number | null
  /** All that can be found without running it is found. */
  readonly beforeTrace: () => void
  /** Where the program's output goes while it is traced: an fd; null: nowhere. */
  readonly output: number | null
}

export interface PackedProgram {
  readonly items: readonly Item[]
  /** Env of the image. */
  readonly env: readonly string[]
  /** Libraries that this machine lacks, files that have gone or are of no kind that can be packed, in words. */
  readonly notes: readonly string[]
  readonly traced: Traced | null
}

/** By glibc, at the first look-up of a name; since 2.34 it has them built in. */
const dlopened = ['libnss_files.so.2', 'libnss_dns.so.2']

/** Where nothing lasts, or all is the kernel's: what is seen there by trace is left out. */
const fleeting = ['/proc', '/sys', '/dev', '/run', '/tmp', '/var/tmp']

/**
 * @throws MiniDockerError NotFound for the program or what --include names; FailedPrecondition when it fails under trace: what
 * it would have needed later is not known, so nothing is made of what was seen
 */
export async function packProgram(wish: ProgramWish): Promise<PackedProgram> {
  const { command, workdir, include, excluded, packer } = wish
  const { program, env } = findProgram(wish)
  const collector = new Collector(excluded, packer)
  const notes: string[] = []
  addStatic(collector, [program], notes)
  const named = command.slice(1).map(word => path.resolve(workdir, word))
  for (const file of named.filter(isFile)) collector.add(file, 'command')
  if (isDirectory(workdir)) collector.add(workdir, 'command')
  for (const place of include) {
    const file = path.resolve(workdir, place)
    if (!fs.existsSync(file))
      fail('NotFound', {
        what: `--include '${place}'`,
        why: 'is not there',
        hint: 'a file or directory of this machine',
      })
    collector.addTree(file, 'include')
  }
  const traced = wish.traceFor === null ? null : await traceIt(wish, env, wish.traceFor)
  if (traced !== null) {
    addTraced(collector, traced, isFleeting(wish, [program, ...named.filter(isFile)]), notes)
    notes.push(...traced.unseen.map(what => `not seen by trace: ${what}`))
  }
  collector.fill(expectedItems)
  return { items: settleDirectories(collector.items()), env, notes: [...notes, ...collector.left], traced }
}

/** Env of an image: a PATH for sure. */
export const withPath = (env: readonly string[]): string[] => mergeEnv([`PATH=${defaultPath}`], env)

/** The program, and the image's Env: its PATH is the usual one, and where the program lies elsewhere, that place before it. */
function findProgram({ command, workdir, env }: ProgramWish): { program: string; env: readonly string[] } {
  const name = command[0]!
  const own = withPath(env)
  const given = own.find(entry => entry.startsWith('PATH='))!.slice('PATH='.length)
  if (name.includes('/')) return { program: executable(path.resolve(workdir, name), name), env: own }
  const inImage = given.split(':').map(place => path.resolve(workdir, place, name))
  const found = inImage.find(isExecutable)
  if (found !== undefined) return { program: found, env: own }
  const here = (process.env.PATH ?? '').split(':').find(place => isExecutable(path.resolve(place, name)))
  if (here === undefined) return notFound(name)
  return { program: path.resolve(here, name), env: mergeEnv(own, [`PATH=${path.resolve(here)}:${given}`]) }
}

function executable(file: string, name: string): string {
  return isExecutable(file) ? file : notFound(name, fs.existsSync(file))
}

const notFound = (name: string, isThere = false): never =>
  fail(isThere ? 'FailedPrecondition' : 'NotFound', {
    what: `program '${name}'`,
    why: isThere ? 'is not executable' : 'is not on this machine',
    hint: isThere
      ? 'chmod +x it, or name its interpreter: --cmd sh script'
      : 'install it, or give its path: --cmd ./app',
  })

function addStatic(collector: Collector, programs: readonly string[], notes: string[]): void {
  const { files, links, missing } = closureOf(programs, { dlopened })
  for (const { source } of files) collector.add(source, 'static')
  for (const { target } of links) collector.add(target, 'path', false)
  notes.push(
    ...missing.map(({ library, neededBy }) => `library ${library}, needed by ${neededBy}, is not on this machine`),
  )
}

async function traceIt(wish: ProgramWish, env: readonly string[], milliseconds: number): Promise<Traced> {
  const { trace } = await import('./trace/tracer.js')
  const { command, workdir, output } = wish
  wish.beforeTrace()
  // the environment that it will have as a container: what it finds by ours, it would not find there
  const inside = mergeEnv(['HOME=/root'], env)
  const traced = await trace({ command, directory: workdir, env: inside, milliseconds, output })
  if (traced.code === null || traced.code === 0) return traced
  return fail('FailedPrecondition', {
    what: `program '${spelled(command)}'`,
    why: `ended with ${traced.code} under trace: no image is made, as not all that it needs was seen`,
    hint: 'make it succeed, or pack it by its libraries alone: --no-trace, with --include for the rest',
  })
}

function addTraced(collector: Collector, traced: Traced, fleeting: (path: string) => boolean, notes: string[]): void {
  for (const { path: asked, seen, follows } of traced.accesses.list()) {
    const place = path.resolve(asked)
    const real = realPath(asked, follows)
    if (real === null) {
      if (seen !== 'look') notes.push(`${asked}: has gone`)
      continue
    }
    if (ownPlaces.has(place) || ownPlaces.has(real) || fleeting(place) || fleeting(real)) continue
    if (traced.accesses.isMade(real)) continue
    collector.add(asked, 'trace', follows)
    // the kernel itself opens a program's loader and a script's interpreter: no call of the program's names them
    if (seen === 'exec') tryStatic(collector, real, notes)
  }
}

function tryStatic(collector: Collector, program: string, notes: string[]): void {
  try {
    addStatic(collector, [program], notes)
  } catch (error) {
    if (!(error instanceof MiniDockerError)) throw error
    notes.push(error.message) // it did run, so this is about more than is needed
  }
}

/** A program that lies in /tmp is meant all the same, with what lies beside it. */
function isFleeting({ workdir, ownDirectories }: ProgramWish, named: readonly string[]): (path: string) => boolean {
  const homes = [workdir, ...named.map(file => path.dirname(realPath(file, true) ?? file))]
  const meant = homes.filter(home => fleeting.some(place => isBelow(home, place) && home !== place))
  return file =>
    ownDirectories.some(place => isBelow(file, place)) ||
    (fleeting.some(place => isBelow(file, place)) && !meant.some(place => isBelow(file, place) || isBelow(place, file)))
}

const isBelow = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`)

function realPath(asked: string, follows: boolean): string | null {
  try {
    if (follows) return fs.realpathSync(asked)
    return path.join(fs.realpathSync(path.dirname(asked)), path.basename(asked))
  } catch {
    return null
  }
}

const isFile = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false
const isDirectory = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return isFile(file)
  } catch {
    return false
  }
}
