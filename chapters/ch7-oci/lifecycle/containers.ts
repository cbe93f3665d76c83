/** The containers of one --root: `<root>/<id>/state.json`, and in what state each of them is now. */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import { type ContainerRecord, States } from '#core/exec/state'
import type { Spec } from '#core/spec/runtime'
import { isAlive } from '#core/sys/identity'
import { probeFacts } from '#core/sys/probe'
import { directoriesOf, freezer } from '../../ch3-cgroups/index.js'
import { isAtGate } from './at-gate.js'
import { fifoName } from './exec-fifo.js'
import type { Operation, State } from './reduce.js'
import { reduce } from './reducer.js'
import { refused } from './refused.js'

export class Containers {
  readonly root: string
  readonly states: States

  /** Tells whoever reads the log of what is done otherwise than it was asked for. */
  readonly warn: (text: string) => void
  readonly #isPaused: (spec: Spec) => boolean

  private constructor(root: string, warn: (text: string) => void, isPaused: (spec: Spec) => boolean) {
    this.root = root
    this.states = new States(root)
    this.warn = warn
    this.#isPaused = isPaused
  }

  static async open(root: string, warn: (text: string) => void): Promise<Containers> {
    const { isPaused } = await freezer()
    return new Containers(root, warn, spec => isPaused(directoriesOf(spec, probeFacts())))
  }

  directoryOf(id: string): string {
    return this.states.directoryOf(id)
  }

  /** @throws MiniDockerError NotFound */
  get(id: string): ContainerRecord {
    const record = this.states.read(id)
    if (record === null) throw refused(id, null, 'does not exist')
    return record
  }

  /** As the world has it: a record does not learn by itself that its init has ended. */
  stateOf({ id, status, init, owner, spec }: ContainerRecord): State {
    if (status === 'creating') return isAlive(owner) ? 'creating' : 'stopped'
    if (init === null || !isAlive(init)) return 'stopped'
    const directory = this.directoryOf(id)
    if (fs.existsSync(`${directory}/${fifoName}`) && isAtGate(init.pid, directory)) return 'created'
    return spec !== null && this.#isPaused(spec) ? 'paused' : 'running'
  }

  /** Of one that has a cgroup with processes in it, whatever they do. @throws MiniDockerError NotFound, FailedPrecondition */
  alive(id: string): ContainerRecord {
    const record = this.get(id)
    const state = this.stateOf(record)
    if (state === 'creating' || state === 'stopped')
      fail('FailedPrecondition', { what: `container '${id}'`, why: `is ${state}` })
    return record
  }

  /** @throws MiniDockerError NotFound, FailedPrecondition: not in this state */
  expect(id: string, operation: Operation): { readonly record: ContainerRecord; readonly state: State } {
    const record = this.get(id)
    const state = this.stateOf(record)
    const next = reduce(state, operation)
    if ('refused' in next) throw refused(id, state, next.refused)
    return { record, state }
  }
}
