/**
 * The freezer: stops all processes of a cgroup where they are, and lets them go on. Unlike SIGSTOP, they cannot notice, nor
 * refuse. Source: cgroup-v1/freezer-subsystem.rst; cgroup-v2.rst "cgroup.freeze".
 */

import { errnoOf, fail, MiniDockerError } from '#core/errors'
import { writeCgroup } from '#core/exec/cgroup'
import { type Directory, withController } from '../cgroup/directories.js'
import { valueOf } from './kernel-text.js'
import { readOrNull } from './sample.js'

interface Freezer {
  readonly path: string
  readonly file: string
  readonly words: { readonly frozen: string; readonly thawed: string }
  /** What the kernel says of it now. null: the cgroup is gone. */
  readonly state: () => 'frozen' | 'thawed' | 'on the way' | null
}

/** A controller of v1; v2 does it without one. */
function freezerOf(directories: readonly Directory[]): Freezer | null {
  const v1 = withController(directories, 'freezer')
  const v2 = directories.find(({ version }) => version === 2)
  if (v1 !== undefined) {
    const state = (): string | undefined => readOrNull(`${v1.path}/freezer.state`)?.trim()
    const states = { FROZEN: 'frozen', FREEZING: 'on the way', THAWED: 'thawed' } as const
    return {
      path: v1.path,
      file: 'freezer.state',
      words: { frozen: 'FROZEN', thawed: 'THAWED' },
      state: () => states[state() as keyof typeof states] ?? null,
    }
  }
  if (v2 === undefined) return null
  return {
    path: v2.path,
    file: 'cgroup.freeze',
    words: { frozen: '1', thawed: '0' },
    state() {
      const isWanted = readOrNull(`${v2.path}/cgroup.freeze`)?.trim() === '1'
      const isSo = valueOf(readOrNull(`${v2.path}/cgroup.events`), 'frozen')
      if (isSo === null) return null
      return isWanted === (isSo === 1) ? (isWanted ? 'frozen' : 'thawed') : 'on the way'
    },
  }
}

/** One that is about to freeze counts: what is put in there now would stop, too. */
export function isPaused(directories: readonly Directory[]): boolean {
  const state = freezerOf(directories)?.state() ?? 'thawed'
  return state !== 'thawed'
}

const PATIENCE_MS = 5000
const LOOK_EVERY_MS = 2

/**
 * Freezes or thaws, and waits until it is so: a process that is in the kernel stops when it comes back from there.
 * @throws MiniDockerError with nothing changed
 */
export async function setFrozen(name: string, directories: readonly Directory[], frozen: boolean): Promise<void> {
  const freezer = freezerOf(directories) ?? noFreezer(name)
  const wanted = frozen ? 'frozen' : 'thawed'
  const deadline = Date.now() + PATIENCE_MS
  do {
    // v1 asks those that are there; one that is being forked meanwhile is asked the next time
    write(name, freezer, freezer.words[wanted])
    const state = freezer.state()
    if (state === wanted) return
    if (state === null) ended(name)
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
  } while (Date.now() < deadline)
  if (frozen) write(name, freezer, freezer.words.thawed)
  fail('Unavailable', {
    what: `${frozen ? 'pause' : 'resume'} of '${name}'`,
    why: `not done after ${PATIENCE_MS / 1000} seconds`,
    hint: frozen ? 'a process of it waits for a disk or the network: try again' : `cat ${freezer.path}/${freezer.file}`,
  })
}

/** At once, and without a word: so that what was killed can end. */
export function thawAtOnce(directories: readonly Directory[]): void {
  const freezer = freezerOf(directories)
  if (freezer === null || (freezer.state() ?? 'thawed') === 'thawed') return
  try {
    write('', freezer, freezer.words.thawed)
  } catch (error) {
    if (!(error instanceof MiniDockerError)) throw error
    // it has ended meanwhile, or is not ours: then it was not us who paused it
  }
}

function write(name: string, { path, file }: Freezer, data: string): void {
  try {
    writeCgroup(`${path}/${file}`, data)
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'EIO'
    if (errno === 'ENOENT' || errno === 'ENODEV') ended(name)
    fail('FailedPrecondition', {
      what: `write '${data}' to '${path}/${file}'`,
      why: errno,
      hint: 'it is for who may write to the cgroup: sudo',
      cause,
    })
  }
}

const noFreezer = (name: string): never =>
  fail('Unsupported', {
    what: `pause of '${name}'`,
    why: 'this host has neither cgroup v2 nor the freezer of v1',
    hint: 'mini-docker doctor',
  })

export const ended = (name: string): never =>
  fail('FailedPrecondition', { what: `container '${name}'`, why: 'has just ended' })
