/** Where a runtime is asked: directories, cgroups and containers of a check, and that nothing of them is left, however bad the runtime is. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeCgroup } from '#core/exec/cgroup'
import type { Facts } from '#core/sys/facts'
import { broken } from './check.js'
import { baseConfig, type Changes, changed } from './config.js'
import { Container } from './container.js'
import { invoke, type Said } from './invoke.js'
import { cgroupPoints, endThoseIn, identityOf, mountsBelow, placesNamed, unmountBelow } from './left-behind.js'

export interface RoomWish {
  /** The runtime: a program, and words in front of its arguments. */
  readonly command: readonly string[]
  /** Its own to be written to. */
  readonly rootfs: string
  readonly directory: string
  readonly facts: Facts
  /** A check that takes longer is broken. */
  readonly seconds: number
}

const parent = 'mini-docker'

export class Room {
  readonly facts: Facts
  readonly rootfs: string
  readonly directory: string
  readonly #command: readonly string[]
  readonly #seconds: number
  readonly #containers: Container[] = []
  /** The cgroups of this room lie below it, in each hierarchy. */
  readonly #cgroups: string
  readonly #parents: readonly string[]
  readonly #name: string
  /** Of all file systems that containers of this room have had. */
  readonly #roots = new Set<string>()
  readonly #stopping = new AbortController()
  #isCleaning = false
  #count = 0
  #deadline = 0
  #version = '1.0.2'

  constructor({ command, rootfs, directory, facts, seconds }: RoomWish) {
    this.#command = command
    this.rootfs = rootfs
    this.directory = directory
    this.facts = facts
    this.#seconds = seconds
    this.#roots.add(identityOf(rootfs)!)
    this.#name = path.basename(directory)
    this.#cgroups = `/${parent}/${this.#name}`
    this.#parents = cgroupPoints()
      .map(point => `${point}/${parent}`)
      .filter(place => !fs.existsSync(place))
  }

  /** No check waits any longer. */
  stop(): void {
    this.#deadline = 0
    this.#stopping.abort()
  }

  /** @param version of the spec: that of its bundles */
  begin(version: string): void {
    this.#version = version
    this.#deadline = Date.now() + this.#seconds * 1000
  }

  call(args: readonly string[], { output = null, cwd }: { output?: string | null; cwd?: string } = {}): Promise<Said> {
    const left = this.#deadline - Date.now()
    if (left <= 0) broken(`takes longer than ${this.#seconds} s`)
    return invoke({
      command: [...this.#command, '--root', `${this.directory}/root`, ...args],
      cwd: cwd ?? this.directory,
      output,
      errors: `${this.directory}/errors`,
      milliseconds: left,
      signal: this.#isCleaning ? null : this.#stopping.signal,
    })
  }

  /** A bundle, of which no container is made yet. @param script what its program is */
  container(script = 'true', changes: Changes = {}): Container {
    const id = this.newId()
    const bundle = this.newDirectory()
    const cgroupsPath = `${this.#cgroups}/${id}`
    const config = baseConfig({ rootfs: this.rootfs, cgroupsPath }, `exec 2>&1\n${script}`)
    const whole = changed({ ...config, ociVersion: this.#version }, changes)
    fs.writeFileSync(`${bundle}/config.json`, JSON.stringify(whole))
    const container = new Container(this, id, bundle, cgroupsPath)
    this.#containers.push(container)
    return container
  }

  newId = (): string => `${this.#name}-${++this.#count}`

  newDirectory(): string {
    const directory = `${this.directory}/${++this.#count}`
    fs.mkdirSync(directory)
    return directory
  }

  /** Of its own to be changed. */
  copyRootfs(): string {
    const place = `${this.directory}/${++this.#count}`
    execFileSync('cp', ['-a', this.rootfs, place])
    this.#roots.add(identityOf(place)!)
    return place
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (Date.now() > this.#deadline) broken(`not in ${this.#seconds} s: ${what}`)
      await sleep(5)
    }
  }

  /** What a check made goes: by the runtime, and where that does not do it, by hand. */
  async clean(): Promise<void> {
    this.#isCleaning = true
    this.#deadline = Date.now() + this.#seconds * 1000
    for (const container of this.#containers.splice(0)) {
      try {
        await container.remove()
      } catch {
        // what it leaves goes below
      }
    }
    endThoseIn(this.#roots)
    this.#removeCgroups()
    unmountBelow(this.directory)
    this.#isCleaning = false
  }

  /** Processes in them are ended. */
  #removeCgroups(): void {
    for (const place of cgroupPoints().map(point => `${point}${this.#cgroups}`)) {
      if (fs.existsSync(place)) removeCgroup(place)
    }
  }

  /** The room itself. */
  close(): void {
    // those of relative paths lie where the runtime wanted them
    for (const point of cgroupPoints()) for (const place of placesNamed(this.#name, point, 5)) removeCgroup(place)
    for (const place of this.#parents) {
      try {
        fs.rmdirSync(place)
      } catch {
        // not there, or somebody else's by now
      }
    }
    if (mountsBelow(this.directory).length === 0) fs.rmSync(this.directory, { recursive: true, force: true })
  }
}

/** A room below the directory for temporary files, which users of a user namespace may enter. */
export function makeRoom({ rootfs, ...wish }: Omit<RoomWish, 'directory'>): Room {
  const directory = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-validate-`)
  fs.chmodSync(directory, 0o755)
  execFileSync('cp', ['-a', rootfs, `${directory}/rootfs`])
  return new Room({ ...wish, rootfs: `${directory}/rootfs`, directory })
}
