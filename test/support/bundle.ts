/** Bundles for a runtime, and the command line of one: ours, or another's. */

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defaultSpec } from '#chapters/ch2-namespaces/index'
import type { Spec } from '#core/spec/runtime'
import { probeFacts } from '#core/sys/probe'
import { nonce, type World } from './world.js'

export const miniRunc = fileURLToPath(new URL('../../mini-runc.cjs', import.meta.url))

/** A bundle with the tests' root file system. @param change what is to be otherwise in its config.json */
export function makeBundle(world: World, args: readonly string[], change: (spec: Spec) => Spec = spec => spec): string {
  const bundle = world.path()
  fs.mkdirSync(bundle)
  const spec = defaultSpec(
    {
      rootfs: world.rootfs,
      process: { user: { uid: 0, gid: 0 }, args, env: ['PATH=/bin:/usr/bin'], cwd: '/' },
      namespaces: ['mount', 'pid', 'uts', 'ipc', 'network', 'cgroup'],
      hostname: 'box',
      mounts: [],
    },
    probeFacts(),
  )
  fs.writeFileSync(`${bundle}/config.json`, JSON.stringify(change(spec)))
  return bundle
}

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Given {
  readonly output?: string
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

export class Runtime {
  readonly root: string
  readonly #command: readonly string[]

  constructor(world: World, command: readonly string[] = [process.execPath, miniRunc]) {
    this.root = world.path()
    this.#command = command
  }

  /** @param given.output a file for what the container writes: a pipe would end only with the container, which outlives the command */
  run(args: readonly string[], { output, input, env }: Given = {}): Said {
    const [program, ...rest] = [...this.#command, '--root', this.root, ...args]
    const errors = `${this.root}.stderr`
    const fds = output === undefined ? [] : [fs.openSync(output, 'a'), fs.openSync(errors, 'w')]
    const { status, stdout, stderr } = spawnSync(program!, rest, {
      encoding: 'utf8',
      stdio: [input === undefined ? 'ignore' : 'pipe', fds[0] ?? 'pipe', fds[1] ?? 'pipe'],
      timeout: 60_000,
      ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
      ...(input === undefined ? {} : { input }),
    })
    for (const fd of fds) fs.closeSync(fd)
    return { code: status ?? -1, stdout: stdout ?? '', stderr: stderr ?? fs.readFileSync(errors, 'utf8') }
  }

  // biome-ignore lint/suspicious/noExplicitAny: what a runtime says
  state(id: string): any {
    const { code, stdout } = this.run(['state', id])
    return code === 0 ? JSON.parse(stdout) : null
  }

  newId = (): string => `c${nonce()}`
}
