/** What a build needs for a moment: a directory named after who needs it, so that `prune` knows when nobody does. */

import * as fs from 'node:fs'
import { identify } from '#core/sys/identity'
import { randomId } from '#core/sys/random'

const directoryOf = (data: string): string => `${data}/build-cache/scratch`

export class Scratch {
  readonly #data: string
  #root: string | null = null

  constructor(data: string) {
    this.#data = data
  }

  /** A path of its own; nothing is there yet. */
  path(): string {
    if (this.#root === null) {
      const { pid, startTime } = identify(process.pid)!
      this.#root = `${directoryOf(this.#data)}/${pid}.${startTime}`
      fs.mkdirSync(this.#root, { recursive: true, mode: 0o700 })
    }
    return `${this.#root}/${randomId()}`
  }

  directory(mode = 0o700): string {
    const path = this.path()
    fs.mkdirSync(path, { mode })
    return path
  }

  /** Idempotent. */
  remove(): void {
    if (this.#root !== null) fs.rmSync(this.#root, { recursive: true, force: true })
    this.#root = null
  }
}

/** Removes what those left who are gone. For `prune`. */
export function sweepScratch(data: string): void {
  const directory = directoryOf(data)
  if (!fs.existsSync(directory)) return
  for (const name of fs.readdirSync(directory)) {
    const [pid, startTime] = name.split('.')
    if (identify(Number(pid))?.startTime === startTime) continue
    fs.rmSync(`${directory}/${name}`, { recursive: true, force: true })
  }
}
