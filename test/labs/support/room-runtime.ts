/** A runtime of ch7 with an attempt in it, and bundles for it, in a room. */

import * as fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { defaultSpec } from '#chapters/ch2-namespaces/index'
import type { Spec } from '#core/spec/runtime'
import { probeFacts } from '#core/sys/probe'
import type { Ran, Room } from '#labs/runner/room/room'
import { told } from './view.js'

const SECONDS = 10
/** To a file: a pipe would end only with the container, which outlives the command. */
const intoFile = (file: string): string[] => ['sh', '-c', 'out=$1; shift; exec "$@" >>"$out" 2>&1', 'sh', file]

export class RoomRuntime {
  readonly room: Room
  readonly root: string

  constructor(room: Room) {
    this.room = room
    this.root = `${room.scratch}/${room.nonce()}`
  }

  /** @param change what is to be otherwise in its config.json @returns its directory */
  bundle(args: readonly string[], change: (spec: Spec) => Spec = spec => spec, rootfs = this.room.rootfs()): string {
    const bundle = `${this.room.scratch}/${this.room.nonce()}`
    fs.mkdirSync(bundle)
    const process = { user: { uid: 0, gid: 0 }, args, env: ['PATH=/bin:/usr/bin'], cwd: '/' }
    const spec = defaultSpec(
      { rootfs, process, namespaces: ['mount', 'pid', 'uts', 'ipc', 'network'], hostname: 'box', mounts: [] },
      probeFacts(),
    )
    fs.writeFileSync(`${bundle}/config.json`, JSON.stringify(change(spec)))
    return bundle
  }

  /** A command of runc's, with the attempt in it. Of a container that it creates, `stdout` is all that has been said so far. */
  run(...words: readonly string[]): Ran {
    const file = `${this.root}.out`
    fs.rmSync(file, { force: true })
    const { code } = this.room.through(intoFile(file), ['ch7', 'try', '--', '--root', this.root, ...words])
    return { code, stdout: this.room.read(file), stderr: '' }
  }

  /** What `state` says of it: null when there is none. */
  status(id: string): string | null {
    const { code, stdout } = this.run('state', id)
    return code === 0 ? (JSON.parse(stdout) as { readonly status: string }).status : null
  }

  /** Runs it to its end. @returns all that it wrote @throws Error with what a command said that did not succeed */
  async output(bundle: string): Promise<string> {
    const [id, file] = [`c${this.room.nonce()}`, `${this.room.scratch}/${this.room.nonce()}`]
    const words = ['ch7', 'try', '--', '--root', this.root]
    const created = this.room.through(intoFile(file), [...words, 'create', '--bundle', bundle, id])
    if (created.code !== 0) throw new Error(`create: ${told({ ...created, stdout: this.room.read(file) })}`)
    const started = this.run('start', id)
    if (started.code !== 0) throw new Error(`start: ${told(started)}`)
    await this.until(id, 'stopped')
    this.run('delete', id)
    return this.room.read(file)
  }

  /** @throws Error when it takes too long */
  async until(id: string, status: string): Promise<void> {
    for (let tries = 0; this.status(id) !== status; tries++) {
      if (tries > SECONDS * 5) throw new Error(`a container that is ${this.status(id)} and not ${status}`)
      await sleep(200)
    }
  }
}
