/** A bundle, and the container that the runtime makes of it. */

import * as fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Identity, identify, isAlive } from '#core/sys/identity'
import { broken, skip } from './check.js'
import type { Said } from './invoke.js'
import type { Room } from './room.js'

/** runtime.md "State", as far as it is one. */
export interface StateOf {
  readonly ociVersion?: unknown
  readonly id?: unknown
  readonly status?: unknown
  readonly pid?: unknown
  readonly bundle?: unknown
  readonly annotations?: unknown
}

export class Container {
  readonly id: string
  readonly bundle: string
  readonly cgroupsPath: string
  readonly #room: Room
  /** Init's, as soon as it is known. */
  #init: Identity | null = null
  #isGone = true

  /** @param bundle a directory with its config.json */
  constructor(room: Room, id: string, bundle: string, cgroupsPath: string) {
    this.#room = room
    this.id = id
    this.bundle = bundle
    this.cgroupsPath = cgroupsPath
  }

  async create(bundle = this.bundle): Promise<Said> {
    this.#isGone = false
    const pidFile = `${this.bundle}/pid`
    const said = await this.#room.call(['create', '--bundle', bundle, '--pid-file', pidFile, this.id], {
      output: `${this.bundle}/output`,
    })
    if (said.code === 0) this.#init = identify(Number(fs.readFileSync(pidFile, 'utf8')))
    return said
  }

  start = (): Promise<Said> => this.#room.call(['start', this.id])
  kill = (signal: string): Promise<Said> => this.#room.call(['kill', this.id, signal])
  async delete(): Promise<Said> {
    const said = await this.#room.call(['delete', this.id])
    this.#isGone = said.code === 0
    return said
  }

  /** Whatever it does. Not asked for where the runtime has told that there is none. */
  async remove(): Promise<void> {
    if (!this.#isGone) await this.#room.call(['delete', '--force', this.id])
    this.#isGone = true
  }

  /** @returns null when the runtime says that there is none */
  async state(): Promise<StateOf | null> {
    const said = await this.#room.call(['state', this.id])
    if (said.code === null) broken(`state ${said.why}`)
    if (said.code !== 0) {
      this.#isGone = true
      return null
    }
    try {
      return JSON.parse(said.stdout)
    } catch {
      return broken(`state prints no JSON: ${said.stdout.slice(0, 80)}`)
    }
  }

  /** Create, which has to succeed. @returns init's pid */
  async created(): Promise<number> {
    succeeded('create', await this.create())
    if (this.#init === null) broken('create ends, and init does not live')
    return this.#init.pid
  }

  async started(): Promise<void> {
    succeeded('start', await this.start())
  }

  async ended(): Promise<void> {
    await this.#room.until('the program ends', () => this.#init === null || !isAlive(this.#init))
  }

  lives = (): boolean => this.#init !== null && isAlive(this.#init)

  /** What the program has written so far. */
  output(): string {
    const file = `${this.bundle}/output`
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
  }

  async says(text: string): Promise<void> {
    await this.#room.until(`the program says '${text}'`, () => this.output().includes(text))
  }

  /** From create to its end. @returns what it wrote */
  async ran(): Promise<string> {
    await this.created()
    await this.started()
    await this.ended()
    const output = this.output()
    const [, lacking] = /^sh: (?:\d+: )?(\S+): (?:command )?not found$/m.exec(output) ?? []
    return lacking === undefined ? output : skip(`the root file system has no ${lacking}`)
  }

  /** As much of a life as ends by itself. */
  async stopped(): Promise<void> {
    await this.ran()
    await this.becomes('stopped')
  }

  async becomes(status: string): Promise<void> {
    for (let times = 0; ; times++) {
      const state = await this.state()
      if (state?.status === status) return
      if (times === 20) broken(`its status is '${state?.status}' in the place of '${status}'`)
      await sleep(20)
    }
  }

  /**
   * No container comes of it.
   * @param known the runtime has been asked already whether one is left when create fails
   * @param late it may also be start that fails: runtime.md "Create", of what process says
   */
  async refused({ late = false, known = false } = {}): Promise<void> {
    const said = await this.create()
    if (said.code === null) broken(`create ${said.why}`)
    if (said.code !== 0) {
      if (known) this.#isGone = true
      else if ((await this.state()) !== null) broken('create fails, and the container is there')
      return
    }
    if (!late) broken('create succeeds')
    const started = await this.start()
    if (started.code === null) broken(`start ${started.why}`)
    if (started.code === 0) broken('create and start succeed')
  }

  config = <T>(): T => JSON.parse(fs.readFileSync(`${this.bundle}/config.json`, 'utf8'))
}

/** An operation that has to succeed. */
export function succeeded(what: string, { code, why }: Said): void {
  if (code !== 0) broken(code === null ? `${what} ${why}` : `${what} fails: ${why}`)
}

/** One that has to fail, by itself. */
export function failed(what: string, { code, why }: Said): void {
  if (code === null) broken(`${what} ${why}`)
  if (code === 0) broken(`${what} succeeds`)
}
