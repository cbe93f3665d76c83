/** The kernel's overlay to talk to, as long as a test runs. */

import { type ChildProcess, spawn } from 'node:child_process'
import * as readline from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Story, Told } from './mounted.js'
import { packed, unpacked } from './on-disk.js'

export class KernelOverlay {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  /** @param directory where its tmpfs is mounted, in a mount namespace that nobody else sees */
  constructor(directory: string) {
    const program = fileURLToPath(new URL('mounted.js', import.meta.url))
    const argv = ['-m', '--propagation', 'private', process.execPath, program, directory]
    this.#child = spawn('unshare', argv, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdin!.on('error', () => {}) // it has ended: whoever waits for its next line is told
    this.#lines = readline.createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]()
  }

  async tell(story: Story): Promise<Told> {
    this.#child.stdin!.write(`${packed(story)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('the program with the mount has ended')
    return unpacked<Told>(value)
  }

  async end(): Promise<void> {
    const gone = new Promise(resolve => this.#child.on('close', resolve))
    this.#child.stdin!.end()
    await gone
  }
}
