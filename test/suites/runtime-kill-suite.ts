/**
 * SIGKILL of mini-runc at a random moment of create, start or delete. Afterwards `list` tells what the kernel has, and
 * `delete --force` takes all of it away.
 */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import * as assert from 'uvu/assert'
import { makeBundle, miniRunc, Runtime } from '#support/bundle'
import { cgroupsCalled } from '#support/cgroups'
import { adoptOrphans } from '#support/processes'
import { allProcesses, lookAround, residueSince } from '#support/residue'
import { newWorld, nonce, sleep } from '#support/world'

const operations = ['create', 'start', 'delete'] as const
type Operation = (typeof operations)[number]

export class RuntimeKillSuite {
  readonly #world = newWorld()
  readonly #runtime = new Runtime(this.#world)
  readonly #output = this.#world.path()
  readonly #marker = `MARKER=${nonce()}`
  readonly #bundle = makeBundle(this.#world, ['sh', '-c', 'echo ran >&2; sleep 300'], spec => ({
    ...spec,
    process: { ...spec.process, env: [...(spec.process.env ?? []), this.#marker] },
    linux: { ...spec.linux, resources: { pids: { limit: 20 } } },
  }))
  readonly #scope = { run: this.#runtime.root, marker: this.#marker }
  /** What was found, and how often: that kills fell into all of it. */
  readonly found = new Map<string, number>()
  /** Milliseconds that each takes when it is let. */
  readonly #takes: Record<Operation, number> = { create: 0, start: 0, delete: 0 }

  async begin(): Promise<void> {
    adoptOrphans()
    const id = this.#runtime.newId()
    for (const operation of operations) {
      const from = performance.now()
      if (operation === 'delete') this.#runtime.run(['kill', id, 'KILL'])
      await this.#call(operation, id)
      this.#takes[operation] = performance.now() - from
    }
  }

  async kill(operation: Operation): Promise<void> {
    const before = lookAround(this.#scope)
    const id = this.#runtime.newId()
    if (operation !== 'create') await this.#call('create', id)
    if (operation === 'delete') {
      await this.#call('start', id)
      this.#runtime.run(['kill', id, 'KILL'])
    }
    await this.#call(operation, id, Math.random() * this.#takes[operation] * 1.1)
    await this.#verify(operation, id)
    const { code, stderr } = this.#runtime.run(['delete', '-f', id])
    assert.equal([code, stderr], [0, ''])
    assert.is(this.#runtime.run(['list', '-q']).stdout, '')
    assert.equal(cgroupsCalled(id), [])
    assert.equal(await residueSince(before, this.#scope), [])
  }

  /** What is listed is so. */
  async #verify(operation: Operation, id: string): Promise<void> {
    const { code, stdout } = this.#runtime.run(['list', '-f', 'json'])
    assert.is(code, 0)
    const [listed] = JSON.parse(stdout) as { id: string; status: string; pid: number }[]
    const status = listed?.status ?? 'none'
    this.found.set(`${operation}: ${status}`, (this.found.get(`${operation}: ${status}`) ?? 0) + 1)
    if (listed === undefined) return
    assert.is(listed.id, id)
    const init = allProcesses().find(({ pid }) => pid === listed.pid)
    const isProgram =
      init !== undefined && fs.readFileSync(`/proc/${listed.pid}/environ`, 'utf8').includes(this.#marker)
    if (status === 'running') assert.ok(isProgram, 'the program runs')
    else if (status === 'created') assert.ok(init !== undefined && !isProgram, 'init waits')
    else assert.is(status, 'stopped')
  }

  /** @param killAfter milliseconds */
  async #call(operation: Operation, id: string, killAfter?: number): Promise<void> {
    const words = operation === 'create' ? ['create', '-b', this.#bundle, id] : [operation, id]
    const fd = fs.openSync(this.#output, 'a')
    const child = spawn(process.execPath, [miniRunc, '--root', this.#runtime.root, ...words], {
      stdio: ['ignore', fd, fd],
    })
    fs.closeSync(fd)
    const ended = new Promise<number | null>(resolve => child.on('exit', resolve))
    if (killAfter === undefined) assert.is(await ended, 0, fs.readFileSync(this.#output, 'utf8'))
    else {
      await Promise.race([ended, sleep(killAfter)])
      child.kill('SIGKILL')
      await ended
    }
  }
}

export const killed = operations
