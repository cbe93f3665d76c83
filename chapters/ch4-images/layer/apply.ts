/**
 * Puts the entries of a layer onto a tree that may hold those of the layers below already (merged): what a layer brings
 * replaces what is there, its whiteouts remove what is there, but never what it brought itself, wherever in the archive
 * they stand. That is what overlayfs shows of two directories on top of each other (image-spec, layer.md, "Applying").
 *
 * All calls are synchronous: tens of thousands of small files cost what the kernel takes for them.
 */

import { errnoOf, fail } from '#core/errors'
import { fileTypes } from '#core/sys/constants'
import { mkdirAt, statusAt, symlinkAt } from '#core/sys/files'
import { Directories } from './directories.js'
import type { Entry } from './entry.js'
import { FileContent } from './file-content.js'
import { makeDevice, makeFifo, makeFile, makeLink } from './make.js'
import { applyMark } from './marks.js'
import { ownDirectory, ownFile, ownName, type Skipped } from './metadata.js'
import { cName } from './name.js'
import { baseName, parentOf } from './path.js'
import { placeError } from './place-error.js'
import type { LayerSink } from './reader.js'
import { removeTree } from './remove.js'

export interface ApplyOptions {
  /** What errors call the layer. */
  readonly name?: string
  readonly maxEntries?: number
  /** Of content. Holes of sparse files take no room, and are not counted. */
  readonly maxBytes?: number
  /** What to do about a limit that was reached. */
  readonly hint?: string
}

export interface Applied {
  readonly entries: number
  readonly bytes: number
  /**
   * What could not be done without privileges on this machine and was left out: device files (rootless Docker and Podman
   * leave them out, too: the runtime mounts its own /dev), extended attributes.
   */
  readonly skipped: Skipped
}

export class LayerApplier implements LayerSink {
  readonly #root: string
  readonly #options: ApplyOptions
  readonly #directories: Directories
  /** Paths that this layer brought. */
  readonly #brought = new Set<string>()
  /** Directories that it brought, and whether they were there before: what they are like is set at the end. */
  readonly #late = new Map<string, { readonly entry: Entry; readonly old: boolean }>()
  readonly #skipped: Skipped = { devices: 0, xattrs: 0 }
  #entry: Entry | null = null
  #content: FileContent | null = null
  #entries = 0
  #bytes = 0

  /** @param root '/' once the process has changed its root; another directory is as safe, by openat2(2) */
  constructor(root: string, options: ApplyOptions = {}) {
    this.#root = root === '/' ? '' : root
    this.#options = options
    this.#directories = new Directories(root)
  }

  entry(entry: Entry): void {
    const { maxEntries = Number.POSITIVE_INFINITY } = this.#options
    if (++this.#entries > maxEntries) this.#tooMuch(`more than ${maxEntries} entries`)
    this.#entry = entry
    this.#placing(entry, () => this.#place(entry))
  }

  data(chunk: Buffer): void {
    const { maxBytes = Number.POSITIVE_INFINITY } = this.#options
    this.#bytes += chunk.length
    if (this.#bytes > maxBytes) this.#tooMuch(`more than ${maxBytes} bytes`)
    if (this.#content !== null) this.#placing(this.#entry!, () => this.#content!.write(chunk))
  }

  hole(length: number): void {
    this.#content?.skip(length)
  }

  done(): void {
    const content = this.#content
    if (content === null) return
    const entry = this.#entry!
    this.#placing(entry, () => {
      content.end()
      ownFile(content.fd, entry, this.#skipped)
    })
    this.#content = null
    content.close()
  }

  /** All entries were given: sets what directories are like, the innermost first, for making files changes their times. */
  finish(): Applied {
    for (const { entry, old } of [...this.#late.values()].reverse()) {
      this.#placing(entry, () => {
        const { path } = entry
        const at = this.#directories.at(parentOf(path))
        ownDirectory(at, path === '' ? '.' : cName(baseName(path)), entry, old, this.#skipped)
      })
    }
    return { entries: this.#entries, bytes: this.#bytes, skipped: this.#skipped }
  }

  /** Closes what is open; after finish(), or instead of it. */
  close(): void {
    this.#content?.close()
    this.#content = null
    this.#directories.close()
  }

  #placing(entry: Entry, place: () => void): void {
    try {
      place()
    } catch (error) {
      placeError(this.#options.name ?? 'archive', entry, error)
    }
  }

  #place(entry: Entry): void {
    const { path } = entry
    if (path === '') {
      if (entry.type !== 'directory')
        fail('FailedPrecondition', { what: 'the root', why: `it cannot be a ${entry.type}` })
      this.#late.set('', { entry, old: true })
      return
    }
    if (path.includes('.wh.') && applyMark(path, this.#directories, this.#brought)) return
    if (entry.type === 'directory') {
      const old = this.#makeDirectory(path)
      this.#late.delete(path) // the last one of a name counts, and goes to the end of the list
      this.#late.set(path, { entry, old })
    } else {
      this.#replacing(path, (parent, name) => this.#make(parent, name, entry))
    }
    this.#brought.add(path)
  }

  /** @returns whether it was there before */
  #makeDirectory(path: string): boolean {
    if (this.#typeOf(path) === fileTypes.S_IFDIR) return true
    this.#replacing(path, (parent, name) => mkdirAt(parent, cName(name), 0o700))
    return false
  }

  /** Makes what takes the name, having removed what else has it. */
  #replacing(path: string, make: (parent: number, name: string) => void): void {
    const parent = parentOf(path)
    const name = baseName(path)
    try {
      make(this.#directories.make(parent), name)
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
      this.#remove(path)
      make(this.#directories.make(parent), name)
    }
  }

  #remove(path: string): void {
    const type = this.#typeOf(path)
    removeTree(this.#directories.at(parentOf(path)), baseName(path))
    if (type === fileTypes.S_IFDIR) {
      for (const key of this.#late.keys()) if (key === path || key.startsWith(`${path}/`)) this.#late.delete(key)
    }
    if (type === fileTypes.S_IFDIR || type === fileTypes.S_IFLNK) this.#directories.forget()
  }

  #typeOf(path: string): number | null {
    try {
      return statusAt(this.#directories.make(parentOf(path)), cName(baseName(path))).type
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null
      throw error
    }
  }

  #make(parent: number, name: string, entry: Entry): void {
    if (entry.type === 'file') this.#content = new FileContent(makeFile(parent, name))
    else if (entry.type === 'link') makeLink(parent, name, entry, this.#directories)
    else {
      if (entry.type === 'symlink') symlinkAt(cName(entry.target!), parent, cName(name))
      else if (entry.type === 'fifo') makeFifo(parent, name)
      else if (!makeDevice(parent, name, entry)) {
        this.#skipped.devices++
        return
      }
      ownName(parent, cName(name), cName(`${this.#root}/${entry.path}`), entry, this.#skipped)
    }
  }

  #tooMuch(what: string): never {
    return fail('FailedPrecondition', {
      what: `layer '${this.#options.name ?? 'archive'}'`,
      why: `it holds ${what}, which is the limit`,
      ...(this.#options.hint === undefined ? {} : { hint: this.#options.hint }),
    })
  }
}
