/**
 * Where the dynamic loader looks for a library: the search order of ld.so(8) (glibc) and of musl (ldso/dynlink.c,
 * load_library), as a list of directories.
 *
 * Two differences to the real ones, because the list is for a fresh root: LD_LIBRARY_PATH is left out (a container does
 * not inherit it), and ld.so.conf comes after the built-in directories, since its cache is missing inside.
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import type { Elf } from './elf.js'

/** A program or library on its way into memory. */
export interface LoadedObject {
  readonly elf: Elf
  /** `$ORIGIN`: the directory that it was found in. */
  readonly origin: string
  /** Who asked for it; null for the program. DT_RPATH is inherited along this chain. */
  readonly neededBy: LoadedObject | null
}

export interface SearchDirectory {
  readonly path: string
  /** Known to the loader only by ld.so.conf, so inside only by the cache made from it. */
  readonly configured: boolean
}

/** Debian's multiarch names (wiki.debian.org/Multiarch/Tuples), by ELF class and machine. */
const triplets: Readonly<Record<string, readonly string[]>> = {
  '32/3': ['i386-linux-gnu'],
  '32/40': ['arm-linux-gnueabihf', 'arm-linux-gnueabi'],
  '64/21': ['powerpc64le-linux-gnu'],
  '64/22': ['s390x-linux-gnu'],
  '32/62': ['x86_64-linux-gnux32'],
  '64/62': ['x86_64-linux-gnu'],
  '64/183': ['aarch64-linux-gnu'],
  '64/243': ['riscv64-linux-gnu'],
  '64/258': ['loongarch64-linux-gnu'],
}

export function isMusl(interpreter: string | null): boolean {
  return interpreter !== null && path.basename(interpreter).startsWith('ld-musl-')
}

/** musl's loader is the C library: a request for any of its parts is met by itself (dynlink.c, "reserved"). */
export function isBuiltIntoMusl(library: string): boolean {
  return /^lib(c|pthread|rt|m|dl|util|xnet)\./.test(library)
}

/** /lib/ld-musl-x86_64.so.1 reads /etc/ld-musl-x86_64.path beside its own lib directory. */
export function muslPathFile(interpreter: string): string {
  return path.join(path.dirname(interpreter), '..', 'etc', `${path.basename(interpreter).split('.')[0]}.path`)
}

/** The directories in which a library that `object` needs is looked for, first match wins. */
export function searchOrder(object: LoadedObject, interpreter: string | null): SearchDirectory[] {
  const musl = isMusl(interpreter)
  const own = musl ? [] : expand(object, object.elf.runpath)
  const rest = musl ? muslDirectories(interpreter!) : glibcDirectories(object.elf)
  const first = [...inherited(object, musl), ...own].map(place => ({ path: place, configured: false }))
  return [...first, ...rest]
}

/**
 * DT_RPATH of the object and of all that led to it. glibc: DT_RUNPATH in an object voids its own DT_RPATH, and in the
 * one that asks, the inherited ones too. musl makes no difference between the two tags and inherits both.
 */
function inherited(object: LoadedObject, musl: boolean): string[] {
  if (!musl && object.elf.runpath.length > 0) return []
  const result: string[] = []
  for (let one: LoadedObject | null = object; one !== null; one = one.neededBy) {
    const { rpath, runpath } = one.elf
    if (musl) result.push(...expand(one, runpath.length > 0 ? runpath : rpath))
    else if (runpath.length === 0) result.push(...expand(one, rpath))
  }
  return result
}

/** ld.so(8), "Dynamic string tokens". `$LIB` and `$PLATFORM` are the loader's build-time choices: such paths are left out. */
export function expand(object: Pick<LoadedObject, 'origin'>, paths: readonly string[]): string[] {
  return paths
    .map(one => one.replaceAll(/\$ORIGIN\b|\$\{ORIGIN\}/g, () => object.origin))
    .filter(one => one.startsWith('/') && !one.includes('$'))
}

function glibcDirectories(elf: Elf): SearchDirectory[] {
  const names = (triplets[`${elf.class}/${elf.machine}`] ?? []).map(triplet => `lib/${triplet}`)
  const widths = [elf.class === 64 ? 'lib64' : 'lib32', 'lib']
  const builtIn = [...names, ...widths].flatMap(name => [`/${name}`, `/usr/${name}`])
  return [
    ...builtIn.map(place => ({ path: place, configured: false })),
    ...configuredDirectories('/etc/ld.so.conf').map(place => ({ path: place, configured: true })),
  ]
}

function muslDirectories(interpreter: string): SearchDirectory[] {
  const text = readText(muslPathFile(interpreter)) || '/lib:/usr/local/lib:/usr/lib'
  const places = text.split(/[:\n]/).filter(place => place.startsWith('/'))
  return places.map(place => ({ path: place, configured: false }))
}

/** ld.so.conf's two kinds of line, ldconfig(8): a directory, or `include` with file patterns. */
export function parseLoaderConfig(text: string): { directories: string[]; includes: string[] } {
  const lines = text.split('\n').map(line => line.replace(/#.*/, '').trim())
  const includes = lines.filter(line => /^include\s/.test(line)).flatMap(line => line.split(/\s+/).slice(1))
  const directories = lines.filter(line => line.startsWith('/')).flatMap(line => line.split(/[\s,:]+/))
  return { includes, directories: directories.map(place => place.replace(/=.*/, '')).filter(Boolean) }
}

function configuredDirectories(file: string, depth = 0): string[] {
  if (depth > 8) return [] // a file that includes itself
  const { directories, includes } = parseLoaderConfig(readText(file))
  const included = includes.flatMap(pattern => matches(path.resolve(path.dirname(file), pattern)))
  return [...directories, ...included.flatMap(one => configuredDirectories(one, depth + 1))]
}

/** glob(7) in the last component, all that ld.so.conf is ever written with. */
function matches(pattern: string): string[] {
  const { dir, base } = path.parse(pattern)
  const source = base
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const expression = new RegExp(`^${source}$`)
  try {
    const names = fs.readdirSync(dir).filter(name => expression.test(name) && !name.startsWith('.'))
    return names.sort().map(name => `${dir}/${name}`)
  } catch {
    return [] // nothing to include
  }
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return '' // what is not there configures nothing
  }
}
