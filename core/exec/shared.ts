/**
 * What containers share (a bridge, an address range): made by the first that needs it, removed by the last that leaves.
 *
 * `<run>/shared/<resource>/`: `lock` (flock), `users/<id>` (what that user was given, as JSON), `undo.json` (host steps that
 * remove the resource), `last.json` (what was given last). All of it changes under the lock only. A user is entered with its creator's identity before its
 * container has a record; should the creator die in between, the next one to come finds it without an owner, drops it, and
 * removes what it had made.
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import type { HostStep } from '#core/plan/step'
import { type Identity, identify, isAlive } from '#core/sys/identity'
import { lockExclusive } from '#core/sys/libc'
import { removeFile, writeAtomically } from './files.js'
import { performAll } from './perform-all.js'
import { checkRunDirectory, makeRunDirectory } from './run-directory.js'
import { hostStepError } from './start-error.js'

export interface SharedUser<Given> {
  readonly owner: Identity
  readonly given: Given
}

export interface Ensured {
  /** Host steps that make the resource where it is missing; performed in order, each idempotent. */
  readonly make: readonly HostStep[]
  /** Host steps that remove it, performed when the last user leaves. */
  readonly remove: readonly HostStep[]
}

export class Shared {
  readonly #run: string
  readonly #directory: string
  readonly #perform: (step: HostStep) => void

  constructor(run: string, perform: (step: HostStep) => void) {
    this.#run = run
    this.#directory = `${run}/shared`
    this.#perform = perform
  }

  /**
   * Enters a user: chooses what it is given in view of what the others have, and makes the resource if it is not there.
   * On failure nothing of the user is left.
   * @param choose is told the others' and what was given last, which may be somebody's who left
   */
  acquire<Given>(
    resource: string,
    user: string,
    choose: (taken: ReadonlyMap<string, Given>, last: Given | null) => Given,
    ensure: (given: Given) => Ensured,
  ): Given {
    return this.#locked(resource, directory => {
      const users = this.#users<Given>(directory)
      if (users.size === 0) this.#remove(directory) // what a first user finds was left behind by one that was killed
      const taken = new Map([...users].map(([id, entry]) => [id, entry.given]))
      const given = choose(taken, readJson<Given>(`${directory}/last.json`))
      const entry: SharedUser<Given> = { owner: identify(process.pid)!, given }
      const { make, remove } = ensure(given)
      writeIfNew(`${directory}/undo.json`, JSON.stringify(remove)) // before the first step that it takes back
      writeAtomically(`${directory}/users/${user}`, JSON.stringify(entry))
      writeIfNew(`${directory}/last.json`, JSON.stringify(given))
      try {
        for (const step of make) this.#make(step)
      } catch (error) {
        try {
          this.#leave(directory, user)
        } catch {
          // what is left of it stands in undo.json, for the next one; why it was not made counts more
        }
        throw error
      }
      return given
    })
  }

  #make(step: HostStep): void {
    try {
      this.#perform(step)
    } catch (error) {
      throw hostStepError(step, error)
    }
  }

  /** Idempotent. The last one out removes the resource. */
  release(resource: string, user: string): void {
    if (!checkRunDirectory(this.#run) || !fs.existsSync(`${this.#directory}/${resource}`)) return
    this.#locked(resource, directory => this.#leave(directory, user))
  }

  /** Whether the user is entered. */
  holds(resource: string, user: string): boolean {
    return checkRunDirectory(this.#run) && fs.existsSync(`${this.#directory}/${resource}/users/${user}`)
  }

  #leave(directory: string, user: string): void {
    removeFile(`${directory}/users/${user}`)
    if (this.#users(directory).size === 0) this.#remove(directory)
  }

  /** Performs all it can; the steps that fail are kept, so that the next to come can finish. @throws the first error */
  #remove(directory: string): void {
    const path = `${directory}/undo.json`
    const { left, errors } = performAll(readJson<HostStep[]>(path) ?? [], this.#perform)
    if (left.length > 0) {
      writeAtomically(path, JSON.stringify(left))
      throw errors[0]
    }
    removeFile(path)
  }

  /** The users, less those whose owner is gone. */
  #users<Given>(directory: string): Map<string, SharedUser<Given>> {
    const users = new Map<string, SharedUser<Given>>()
    for (const name of fs.readdirSync(`${directory}/users`)) {
      const path = `${directory}/users/${name}`
      const entry = name.startsWith('.') ? null : readJson<SharedUser<Given>>(path) // a dot: half written
      if (entry !== null && isAlive(entry.owner)) users.set(name, entry)
      else removeFile(path)
    }
    return users
  }

  #locked<T>(resource: string, action: (directory: string) => T): T {
    const directory = `${this.#directory}/${resource}`
    makeRunDirectory(this.#run)
    fs.mkdirSync(`${directory}/users`, { recursive: true, mode: 0o700 })
    const lock = fs.openSync(`${directory}/lock`, 'a', 0o600)
    try {
      lockExclusive(lock)
      dropHalfWritten(directory)
      return action(directory)
    } finally {
      fs.closeSync(lock)
    }
  }
}

/** What begins with a dot, and is there while the lock is ours, was being written by one that was killed. */
function dropHalfWritten(directory: string): void {
  for (const name of fs.readdirSync(directory)) {
    if (name.startsWith('.')) fs.rmSync(`${directory}/${name}`, { force: true })
  }
}

/** To write takes ten times as long as to read, and mostly it says what it said for the user before. */
function writeIfNew(path: string, text: string): void {
  if (readText(path) !== text) writeAtomically(path, text)
}

function readText(path: string): string | null {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}

function readJson<T>(path: string): T | null {
  try {
    return JSON.parse(readText(path) ?? 'null') as T | null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
