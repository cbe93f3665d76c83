/**
 * SIGKILL at a random moment of a command that changes the store, of all its processes. Afterwards every image that is listed is
 * whole, what two processes do at once comes to its end, and `prune` leaves nothing that belongs to nobody.
 */

import * as fs from 'node:fs'
import * as assert from 'uvu/assert'
import { run, start } from '#support/cli'
import { imageNames } from '#support/images'
import { archiveOf, ch4, imported, orphansIn } from '#support/store'
import { newWorld, sleep, type World } from '#support/world'

export interface Victim {
  readonly name: string
  /** Puts the store where the command can begin. */
  readonly prepare: (world: World) => Promise<void>
  readonly args: readonly string[]
}

export class StoreKillSuite {
  readonly world = newWorld()
  readonly #archive: string
  readonly #tar: string
  /** How many were killed before they had ended. */
  hits = 0

  constructor() {
    this.#archive = this.world.path('images.tar')
    this.#tar = archiveOf(this.world, { big: 'x'.repeat(4_000_000), etc: '1' }, '-z')
  }

  async make(): Promise<void> {
    const source = newWorld()
    await imported(source, 'loaded:1', { a: 'a'.repeat(2_000_000) })
    await imported(source, 'loaded:2', { b: 'b'.repeat(500_000) })
    await ch4(source, ['save', '-q', '-o', this.#archive, 'loaded:1', 'loaded:2'])
    await imported(this.world, 'kept', { kept: 'k'.repeat(1_000_000) })
  }

  /** What can be killed. Each is there again when it is to be. */
  victims(): readonly Victim[] {
    const load = async (world: World): Promise<void> => void (await ch4(world, ['load', '-q', '-i', this.#archive]))
    const without =
      (...names: readonly string[]) =>
      async (world: World): Promise<void> =>
        void (await ch4(world, ['rmi', '-f', ...names]))
    return [
      { name: 'load', prepare: without('loaded:1', 'loaded:2'), args: ['load', '-q', '-i', this.#archive] },
      { name: 'import', prepare: without('imported'), args: ['import', '-q', this.#tar, 'imported'] },
      { name: 'rmi', prepare: load, args: ['rmi', 'loaded:1', 'loaded:2'] },
      { name: 'prune', prepare: load, args: ['prune', '-af'] },
      { name: 'tag', prepare: without('again:1'), args: ['tag', 'kept', 'again:1'] },
    ]
  }

  async kill({ prepare, args }: Victim, times: number): Promise<void> {
    await prepare(this.world)
    const began = Date.now()
    await run(this.world, ['ch4', ...args], { seconds: 120 })
    const typical = Date.now() - began
    for (let i = 0; i < times; i++) {
      if (!imageNames(this.world.data).includes('kept:latest')) await imported(this.world, 'kept', { kept: 'k' })
      await prepare(this.world)
      await this.#killOnce(args, Math.random() * typical)
      await this.check(args.join(' '))
    }
  }

  /** Two at once, one of which is killed: the other comes to its end as if it were alone. */
  async killBeside(one: Victim, other: Victim, times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      await one.prepare(this.world)
      await other.prepare(this.world)
      const beside = run(this.world, ['ch4', ...other.args], { seconds: 120 })
      await this.#killOnce(one.args, Math.random() * 400)
      const { code, stderr } = await beside
      assert.ok(code === 0 || /is not here/.test(stderr), `${other.name}: ${code} ${stderr}`)
      await this.check(`${one.name} beside ${other.name}`)
    }
  }

  async #killOnce(args: readonly string[], after: number): Promise<void> {
    const { child, done } = start(this.world, ['ch4', ...args], { prefix: ['setsid'], seconds: 120 })
    await sleep(after)
    if (child.exitCode === null) this.hits++
    killGroup(child.pid!)
    await done
  }

  async check(what: string): Promise<void> {
    const verified = await run(this.world, ['ch4', 'verify'], { seconds: 120 })
    assert.is(verified.code, 0, `${what}: ${verified.stdout}${verified.stderr}`)
    await ch4(this.world, ['prune', '-f'])
    assert.equal(orphansIn(this.world), [], what)
    const after = await run(this.world, ['ch4', 'verify'], { seconds: 120 })
    assert.is(after.code, 0, `${what}, pruned: ${after.stdout}${after.stderr}`)
    assert.equal(unnamed(this.world), [], what)
  }
}

/** The command and the workers that it started: all that has its session. */
function killGroup(pid: number): void {
  for (const name of fs.readdirSync('/proc').filter(entry => /^\d+$/.test(entry))) {
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8')
      if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]) === pid) process.kill(Number(name), 'SIGKILL')
    } catch {
      // it has just ended
    }
  }
}

/** Blobs that no entry of index.json leads to, by what JSON says. */
function unnamed({ data }: World): string[] {
  const store = `${data}/store`
  const seen = new Set<string>()
  const visit = (value: unknown): void => {
    for (const [, digest] of JSON.stringify(value).matchAll(/"digest":"sha256:([0-9a-f]{64})"/g)) {
      if (seen.has(digest!)) continue
      seen.add(digest!)
      const bytes = fs.readFileSync(`${store}/blobs/sha256/${digest}`)
      if (bytes.length < 10_000 && bytes[0] === 0x7b) visit(JSON.parse(bytes.toString()))
    }
  }
  visit(JSON.parse(fs.readFileSync(`${store}/index.json`, 'utf8')))
  return fs.readdirSync(`${store}/blobs/sha256`).filter(name => !seen.has(name))
}
