/** A run directory of one's own, and owners that are gone: what state, shared and replay are tested with. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import * as os from 'node:os'
import type { Identity } from '#core/sys/identity'
import { identify } from '#core/sys/identity'

/** Gives `body` an empty directory and takes it away again. */
export async function withRunDirectory(body: (run: string) => void | Promise<void>): Promise<void> {
  const run = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-run-`)
  try {
    await body(run)
  } finally {
    fs.rmSync(run, { recursive: true })
  }
}

/** The identity of a process that did run and has ended. */
export async function deadOwner(): Promise<Identity> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  const identity = identify(child.pid!)!
  child.kill('SIGKILL')
  await once(child, 'exit')
  return identity
}

/** All files and directories below, relative, sorted. */
export const contentsOf = (directory: string): string[] =>
  fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()
