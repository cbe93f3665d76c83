/**
 * All files that a set of programs of this machine needs to run in a fresh root: the programs, their loaders, their
 * libraries, their scripts' interpreters, and the symbolic links by which each of these is found.
 *
 * Everything keeps its path, so what the loader finds outside it finds inside. Sources: ld.so(8), execve(2) ("Interpreter
 * scripts"). Not followed: what a program opens or dlopens by itself (locales, plug-ins, Python's modules).
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { errnoOf, fail, MiniDockerError } from '#core/errors'
import type { Elf } from './elf.js'
import { readElfAt } from './elf-file.js'
import { expand, isBuiltIntoMusl, isMusl, type LoadedObject, muslPathFile, searchOrder } from './loader.js'
import { traceLinks } from './trace-links.js'

export interface Closure {
  /** `source` is a regular file of this machine without a link in its path; `target` its path inside the root. */
  readonly files: readonly { readonly source: string; readonly target: string }[]
  /** `text` is what the link holds, as on this machine: relative, or absolute and then meant from the root inside. */
  readonly links: readonly { readonly target: string; readonly text: string }[]
  /** Libraries that this machine lacks: `neededBy` does not run here either. */
  readonly missing: readonly { readonly library: string; readonly neededBy: string }[]
}

export interface ClosureOptions {
  /** Libraries that the programs dlopen, by name ('libnss_files.so.2'): taken along where they exist. */
  readonly dlopened?: readonly string[]
}

/**
 * @param programs absolute paths
 * @throws MiniDockerError NotFound for a program or interpreter that is not there, InvalidArgument for one that is
 * neither ELF nor script, FailedPrecondition for one that cannot be read
 */
export function closureOf(programs: readonly string[], options: ClosureOptions = {}): Closure {
  const collector = new Collector(options.dlopened ?? [])
  for (const program of programs) collector.addProgram(program)
  return {
    files: [...collector.files].sort().map(file => ({ source: file, target: file })),
    links: [...collector.links].sort().map(([target, text]) => ({ target, text })),
    missing: collector.missing,
  }
}

class Collector {
  readonly files = new Set<string>()
  readonly links = new Map<string, string>()
  readonly missing: { library: string; neededBy: string }[] = []
  readonly #elves = new Map<string, Elf | null>()
  readonly #programs = new Set<string>()
  readonly #dlopened: readonly string[]

  constructor(dlopened: readonly string[]) {
    this.#dlopened = dlopened
  }

  addProgram(program: string): void {
    const real = this.#add(program)
    if (this.#programs.has(real)) return
    this.#programs.add(real)
    const script = shebang(real)
    if (script === null) this.#addElf(real)
    else for (const one of script) this.addProgram(one)
  }

  #addElf(program: string): void {
    const what = `program '${program}'`
    const elf = readElfFile(program, what)
    if (elf.interpreter !== null) this.#add(elf.interpreter)
    if (isMusl(elf.interpreter)) this.#addIfThere(muslPathFile(elf.interpreter!))
    const first: LoadedObject = { elf, origin: path.dirname(program), neededBy: null }
    // Breadth first and each name once, as the loader does it: who asks first decides whose search path counts.
    const loaded = new Set<string>(elf.interpreter === null ? [] : [path.basename(elf.interpreter)])
    const queue = [first]
    for (const object of queue) {
      for (const library of object.elf.needed) {
        if (loaded.has(library) || (isMusl(elf.interpreter) && isBuiltIntoMusl(library))) continue
        loaded.add(library)
        const found = this.#find(library, object, elf.interpreter)
        if (found === null) this.missing.push({ library, neededBy: program })
        else queue.push(found)
      }
    }
    if (elf.interpreter === null) return
    for (const library of this.#dlopened) if (!loaded.has(library)) this.#find(library, first, elf.interpreter)
  }

  /** Takes along the first file of that name which is a library for the same class and machine. */
  #find(library: string, object: LoadedObject, interpreter: string | null): LoadedObject | null {
    const candidates = library.includes('/')
      ? expand(object, [library]).map(file => ({ file, configured: false }))
      : searchOrder(object, interpreter).map(place => ({
          file: `${place.path}/${library}`,
          configured: place.configured,
        }))
    for (const { file, configured } of candidates) {
      const elf = this.#libraryAt(file)
      if (elf === null || elf.class !== object.elf.class || elf.machine !== object.elf.machine) continue
      this.#add(file)
      // The cache lists more than comes along. That is harmless: what it names in vain is looked for on.
      if (configured) this.#addIfThere('/etc/ld.so.cache')
      return { elf, origin: path.dirname(file), neededBy: object }
    }
    return null
  }

  /** Null for anything else, like the linker scripts that go by the name libc.so. */
  #libraryAt(file: string): Elf | null {
    const known = this.#elves.get(file)
    if (known !== undefined) return known
    let elf: Elf | null = null
    try {
      if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) elf = readElfAt(file)
    } catch {
      // not a library, or not ours to read: the loader would look on as well
    }
    this.#elves.set(file, elf)
    return elf
  }

  #add(file: string): string {
    const { real, links } = traceLinks(file)
    for (const { target, text } of links) this.links.set(target, text)
    this.files.add(real)
    return real
  }

  #addIfThere(file: string): void {
    if (fs.existsSync(file)) this.#add(file)
  }
}

function readElfFile(file: string, what: string): Elf {
  try {
    return readElfAt(file)
  } catch (cause) {
    if (cause instanceof MiniDockerError) fail(cause.class, { what, why: cause.message, cause })
    return fail('FailedPrecondition', { what, why: errnoOf(cause) ?? String(cause), cause })
  }
}

/** The programs that a script's first line starts, null for what is no script. `env` finds the second by $PATH. */
function shebang(file: string): string[] | null {
  const match = /^#![ \t]*(\/\S+)(?:[ \t]+([^\n]*))?/.exec(firstLine(file))
  if (match === null) return null
  const [, interpreter = '', argument = ''] = match
  const name = argument.split(/[ \t]+/).find(word => word !== '' && !word.startsWith('-') && !word.includes('='))
  if (path.basename(interpreter) !== 'env' || name === undefined) return [interpreter]
  const places = (process.env.PATH ?? '/usr/bin:/bin').split(':').map(place => `${place}/${name}`)
  const found = name.includes('/') ? name : places.find(place => place.startsWith('/') && fs.existsSync(place))
  return found === undefined ? [interpreter] : [interpreter, found]
}

/** execve(2) reads no more of it: BINPRM_BUF_SIZE. */
function firstLine(file: string): string {
  const buffer = Buffer.alloc(256)
  try {
    const fd = fs.openSync(file, 'r')
    try {
      return buffer.toString('latin1', 0, fs.readSync(fd, buffer, 0, buffer.length, 0)).split('\n')[0] ?? ''
    } finally {
      fs.closeSync(fd)
    }
  } catch (cause) {
    return fail('FailedPrecondition', { what: `program '${file}'`, why: errnoOf(cause) ?? String(cause), cause })
  }
}
