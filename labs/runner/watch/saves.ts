/** Tells when a file was saved, whatever way the editor writes: in place, by rename, by removing it first. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { digestOfFile } from '../digest.js'

/** Editors write in several steps: so long it has to be quiet. */
const QUIET_MS = 30
/** Where the kernel tells nothing (network file systems, some containers), a look now and then does. */
const LOOK_MS = 400

export class Saves {
  readonly #file: string
  readonly #saved: () => void
  readonly #looking: NodeJS.Timeout
  #watcher: fs.FSWatcher | undefined
  #quiet: NodeJS.Timeout | undefined
  #stamp: string
  #digest: string | null

  constructor(file: string, saved: () => void) {
    this.#file = file
    this.#saved = saved
    this.#stamp = stampOf(file)
    this.#digest = digestOfFile(file)
    try {
      // the directory: a file that is replaced takes its watch with it
      this.#watcher = fs.watch(path.dirname(file), (_, name) => {
        if (name === null || name === path.basename(file)) this.#stir()
      })
      this.#watcher.on('error', () => this.#watcher?.close())
    } catch {
      // no watches left, or none here: looking now and then is enough
    }
    this.#looking = setInterval(() => {
      if (stampOf(file) !== this.#stamp) this.#stir()
    }, LOOK_MS)
  }

  #stir(): void {
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => {
      this.#stamp = stampOf(this.#file)
      const digest = digestOfFile(this.#file)
      // between removing and writing it anew there is none; and a save that changes nothing needs no verdict
      if (digest === null || digest === this.#digest) return
      this.#digest = digest
      this.#saved()
    }, QUIET_MS)
  }

  stop(): void {
    clearInterval(this.#looking)
    clearTimeout(this.#quiet)
    this.#watcher?.close()
  }
}

function stampOf(file: string): string {
  const found = fs.statSync(file, { throwIfNoEntry: false })
  return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`
}
