/**
 * Scratch: the one place where the doctor puts something for a moment, and the list of what it has to take away again,
 * also when it is interrupted.
 *
 * It lies on the file system of the data directory: whether overlayfs or an id-mapped mount works is a question to that
 * file system.
 */

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { signals } from '#core/sys/constants'

export class Scratch {
  readonly path: string
  #files = 0
  readonly #cleanups: (() => void)[] = []
  readonly #interrupted = (signal: NodeJS.Signals): void => {
    this.remove()
    process.exit(128 + signals[signal as 'SIGINT'])
  }

  /** @param data the data directory; it need not exist, and is not made */
  constructor(data: string) {
    // first, so that there is no moment at which a signal would leave something
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, this.#interrupted)
    this.path = fs.mkdtempSync(`${placeFor(data)}/.mini-docker-doctor-`)
    fs.chmodSync(this.path, 0o755) // an id-mapped or a user namespace's root is somebody else on the way to it
    this.onEnd(() => removeTree(this.path))
  }

  /** A directory of that name, made where it is missing. */
  directory(name: string): string {
    const directory = path.join(this.path, name)
    fs.mkdirSync(directory, { recursive: true })
    return directory
  }

  /** A file of its own for each who asks: trials go on side by side. */
  file(name: string, content: string): string {
    const file = path.join(this.path, `${name}-${++this.#files}`)
    fs.writeFileSync(file, content)
    return file
  }

  /** What must be undone at the end, last first. */
  onEnd(cleanup: () => void): void {
    this.#cleanups.push(cleanup)
  }

  remove(): void {
    for (const cleanup of this.#cleanups.splice(0).reverse()) {
      try {
        cleanup()
      } catch {
        // gone already; the rest is taken away all the same
      }
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, this.#interrupted)
  }
}

/** The data directory, or what of the way to it exists already; /tmp where that may not be written to. */
function placeFor(data: string): string {
  let place = path.resolve(data)
  while (!fs.existsSync(place)) place = path.dirname(place)
  try {
    if (place === '/') return os.tmpdir()
    fs.accessSync(place, fs.constants.W_OK)
    return place
  } catch {
    return os.tmpdir()
  }
}

/** overlayfs leaves directories of mode 0 in its workdir, which their owner may remove but not look into. */
function removeTree(root: string): void {
  for (const work of fs.readdirSync(root).filter(name => name.startsWith('work'))) {
    for (const name of fs.readdirSync(`${root}/${work}`)) fs.chmodSync(`${root}/${work}/${name}`, 0o700)
  }
  // interrupted, the children of a trial may still be writing
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
}
