/**
 * The state record: what is known of a container, in `<run>/containers/<id>/state.json`. One for all chapters.
 *
 * It is there before the first host step of a plan, with the list of steps that take the plan back and the identity of who
 * performs it. So whoever comes next can clean up after a creator that was killed: `replayDead`.
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import type { HostStep } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import { type Identity, identify, isAlive } from '#core/sys/identity'
import { lockExclusive } from '#core/sys/libc'
import { makeDirectories, removeFlat, writeAtomically } from './files.js'
import { checkRunDirectory, makeRunDirectory } from './run-directory.js'

/** runtime-spec runtime.md "State". */
export type Status = 'creating' | 'created' | 'running' | 'stopped'

export interface ContainerRecord {
  readonly version: 1
  readonly id: string
  /** What its user calls it, when that is not its ID. */
  readonly name?: string
  readonly chapter: string
  readonly status: Status
  /** Milliseconds since 1970. */
  readonly created: number
  readonly owner: Identity
  readonly init: Identity | null
  readonly spec: Spec | null
  /** Where its config.json lay (ch7). */
  readonly bundle?: string
  /** It has a session keyring of its own (ch7). */
  readonly newKeyring?: boolean
  /** What its standard streams were when it was made: a checkpoint has to say (ch7). */
  readonly descriptors?: readonly string[]
  readonly undo: readonly HostStep[]
}

/** The owner of a record that cannot be read: whoever it was, there is nothing of its to undo that we know of. */
const nobody: Identity = { pid: 0, startTime: '', boot: '' }

export const isUnreadable = ({ owner }: ContainerRecord): boolean => owner === nobody

const nameRule = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/

/** @throws MiniDockerError (InvalidArgument) when `id` cannot be a container's name */
export function checkName(id: string): void {
  if (nameRule.test(id)) return
  fail('InvalidArgument', {
    what: `name '${id}'`,
    why: 'is not a container name',
    hint: 'letters, digits, "_", "." and "-", a letter or digit first, at most 128',
  })
}

export class States {
  readonly #run: string
  readonly #directory: string

  constructor(run: string) {
    this.#run = run
    this.#directory = `${run}/containers`
  }

  /** The container's own directory, for files that die with it. */
  directoryOf(id: string): string {
    return `${this.#directory}/${id}`
  }

  /**
   * Claims the id: the directory appears with the record inside it, in one rename.
   * @throws MiniDockerError AlreadyExists, FailedPrecondition when the run directory cannot be written
   */
  create(record: Omit<ContainerRecord, 'version' | 'owner' | 'created' | 'init' | 'status'>): ContainerRecord {
    checkName(record.id)
    const whole: ContainerRecord = {
      version: 1,
      ...record,
      status: 'creating',
      created: Date.now(),
      owner: identify(process.pid)!,
      init: null,
    }
    const temporary = this.#hidden(record.id)
    makeRunDirectory(this.#run)
    try {
      // to be passed through, not looked into: root of a user namespace binds files out of it by name
      makeDirectories(temporary, 0o711)
      fs.writeFileSync(`${temporary}/state.json`, JSON.stringify(whole), { mode: 0o600 })
      fs.renameSync(temporary, this.directoryOf(record.id))
    } catch (cause) {
      const errno = errnoOf(cause)
      try {
        fs.rmSync(temporary, { recursive: true, force: true })
      } finally {
        this.#refuseCreate(record.id, errno, cause)
      }
    }
    return whole
  }

  #refuseCreate(id: string, errno: string | undefined, cause: unknown): never {
    if (errno === 'ENOTEMPTY' || errno === 'EEXIST') {
      fail('AlreadyExists', {
        what: `container '${id}'`,
        why: 'the name is in use',
        hint: 'choose another --name',
        cause,
      })
    }
    this.#unusable(cause)
  }

  #unusable(cause: unknown): never {
    fail('FailedPrecondition', {
      what: `run directory '${this.#directory}'`,
      why: errnoOf(cause) ?? String(cause),
      hint: 'MINI_DOCKER_RUN=… names another',
      cause,
    })
  }

  update(record: ContainerRecord): void {
    writeAtomically(`${this.directoryOf(record.id)}/state.json`, JSON.stringify(record))
  }

  /** The record, or null when there is no such container, or nothing to be read of it. */
  read(id: string): ContainerRecord | null {
    const record = checkRunDirectory(this.#run) ? this.#load(id) : null
    return record === null || isUnreadable(record) ? null : record
  }

  /** A record that is empty or cut short is `nobody`'s: see decision 2. */
  #load(id: string): ContainerRecord | null {
    let record: Partial<ContainerRecord> | null
    try {
      record = JSON.parse(fs.readFileSync(`${this.directoryOf(id)}/state.json`, 'utf8'))
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null
      if (!(error instanceof SyntaxError)) throw error
      record = null
    }
    if (typeof record?.owner?.pid === 'number' && Array.isArray(record.undo)) return record as ContainerRecord
    const nothing = { created: 0, owner: nobody, init: null, spec: null, undo: [] } as const
    return { version: 1, id, chapter: '', status: 'stopped', ...nothing }
  }

  /** By id or name, or by a beginning of the id that only one has. @throws MiniDockerError NotFound */
  find(id: string): ContainerRecord {
    const exact = nameRule.test(id) ? this.read(id) : null
    if (exact !== null) return exact
    const all = this.list()
    const named = all.find(({ name }) => name === id)
    if (named !== undefined) return named
    const matching = all.filter(record => id !== '' && record.id.startsWith(id))
    if (matching.length === 1) return matching[0]!
    return fail('NotFound', {
      what: `container '${id}'`,
      why: matching.length === 0 ? 'there is none of that name' : `${matching.length} begin so`,
      hint: 'the name given with --name, or a running process by its pid',
    })
  }

  list(): ContainerRecord[] {
    return this.#records(this.#names()).filter(record => !isUnreadable(record))
  }

  /**
   * Removes record and directory: out of sight in one rename, then file by file, so that who is killed meanwhile leaves no
   * directory without a record. The undo list has to be performed before.
   */
  remove(id: string): void {
    const hidden = this.#hidden(id)
    try {
      fs.renameSync(this.directoryOf(id), hidden)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return // somebody else was faster
      throw error
    }
    removeFlat(hidden)
  }

  /**
   * Performs `action` on the record as it is now, if it is still that container's and not a later one's of the same name.
   * One at a time: the lock (flock) is on the directory itself, so it leaves no file and ends with who holds it; and the
   * name stays taken meanwhile, because undo steps go by it.
   */
  whileStill(record: ContainerRecord, action: (now: ContainerRecord) => void): void {
    let directory: number
    try {
      directory = fs.openSync(this.directoryOf(record.id), 'r')
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return
      throw error
    }
    try {
      lockExclusive(directory)
      const now = this.#load(record.id)
      if (now !== null && isSame(now, record)) action(now)
    } finally {
      fs.closeSync(directory)
    }
  }

  /** Records whose owner is gone, or cannot be told. */
  dead(): ContainerRecord[] {
    this.sweep()
    return this.#records(this.#names()).filter(record => !isAlive(record.owner))
  }

  /** Directories half made or half removed by somebody who is gone, go. */
  sweep(): void {
    for (const name of this.#names()) {
      const maker = /^\.(.*)\.(\d+)$/.exec(name)?.[2]
      if (maker === undefined || identify(Number(maker)) !== null) continue
      fs.rmSync(`${this.#directory}/${name}`, { recursive: true, force: true })
    }
  }

  #records(names: readonly string[]): ContainerRecord[] {
    return names.flatMap(name => (name.startsWith('.') ? [] : (this.#load(name) ?? [])))
  }

  /** Where a directory is while this process makes or removes it. */
  #hidden(id: string): string {
    return `${this.#directory}/.${id}.${process.pid}`
  }

  #names(): string[] {
    if (!checkRunDirectory(this.#run)) return []
    try {
      return fs.readdirSync(this.#directory)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return []
      return this.#unusable(error)
    }
  }
}

const isSame = (one: ContainerRecord, other: ContainerRecord): boolean =>
  one.created === other.created &&
  one.owner.pid === other.owner.pid &&
  one.owner.startTime === other.owner.startTime &&
  one.owner.boot === other.owner.boot
