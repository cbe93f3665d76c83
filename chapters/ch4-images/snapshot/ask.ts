/**
 * Asks our own program for what only another process can do, and waits: a snapshotter's calls return when they are done. It
 * is the rare way: once in a data directory's life, and where overlayfs cannot be had.
 */

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { fail } from '#core/errors'

/** The bin, beside the bundle or three up from this file in the unbundled build. */
const programs = ['mini-docker.cjs', '../../../mini-docker.cjs'].map(name => `${import.meta.dirname}/${name}`)

export interface Questions {
  /** Whether the file system of that directory can be an overlay's upper layer. */
  readonly overlay: { readonly place: string }
  /** A tree with all that it is like, as root of a user namespace: its files may belong to subordinate IDs. */
  readonly copy: { readonly root: string; readonly from: string; readonly to: string }
}

/** @returns its exit code */
export function ask<N extends keyof Questions>(name: N, question: Questions[N]): number {
  const program = programs.find(path => fs.existsSync(path))!
  const { status } = spawnSync(process.execPath, [program, '--worker', name, JSON.stringify(question)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return status ?? 1
}

/** @throws MiniDockerError Unavailable: why, it has told on stderr */
export function askInNamespace<N extends keyof Questions>(name: N, question: Questions[N]): void {
  const code = ask(name, question)
  if (code !== 0) fail('Unavailable', { what: `snapshot: ${name}`, why: `ended with ${code}` })
}
