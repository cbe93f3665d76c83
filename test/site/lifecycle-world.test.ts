/** The lifecycle machine: every command in every state does to a real container what the toy says, to the line that is printed. */

import { type ChildProcess, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { State } from '#chapters/ch7-oci/lifecycle/reduce'
import { hookKinds } from '#core/spec/runtime'
import { probeFacts } from '#core/sys/probe'
import { makeBundle, miniRunc, Runtime } from '#support/bundle'
import { needs } from '#support/needs'
import { newWorld, until } from '#support/world'
import {
  act,
  canHappen,
  commands,
  type Event,
  happenings,
  type World,
  waits,
} from '../../site/.vitepress/theme/toys/lifecycle.js'
import { type Seen, seenOf, stateJson } from '../../site/.vitepress/theme/toys/lifecycle-seen.js'

const world = newWorld()
const here = needs('root', 'native')
const freezer = probeFacts().hierarchies.some(({ controllers }) => controllers.includes('freezer')) ? 'v1' : 'v2'

/** A real one, whose create waits in a hook until it is let on. */
class Real {
  readonly runtime = new Runtime(world)
  readonly id = this.runtime.newId()
  readonly log = world.path()
  readonly hold = world.path()
  readonly bundle: string
  /** What was done with it, and the hooks that should have run. */
  readonly way: Event[] = []
  readonly expected: string[] = []
  creator: ChildProcess | null = null

  constructor(args: readonly string[]) {
    const place = world.directoryOf({})
    fs.writeFileSync(this.hold, '')
    this.bundle = makeBundle(world, args, spec => ({
      ...spec,
      mounts: [...(spec.mounts ?? []), { destination: '/hooks', type: 'bind', source: place, options: ['rbind'] }],
      hooks: Object.fromEntries(
        hookKinds.map(kind => {
          const file = kind === 'startContainer' ? '/hooks/log' : `${place}/log`
          const wait = kind === 'createRuntime' ? `; while [ -e ${this.hold} ]; do sleep 0.02; done` : ''
          return [kind, [{ path: '/bin/sh', args: ['sh', '-c', `echo ${kind} >>${file}${wait}`] }]]
        }),
      ),
    }))
    this.log = `${place}/log`
  }

  /** The hooks that ran, in their order. */
  get hooks(): string[] {
    return fs.existsSync(this.log) ? fs.readFileSync(this.log, 'utf8').trim().split('\n') : []
  }

  get state(): State | null {
    return this.runtime.state(this.id)?.status ?? null
  }

  /** @returns what it said, under the name that the toy gives it */
  async do(event: Event): Promise<string | null> {
    if (event === 'create web' && this.creator === null) return this.#beginCreate()
    if (event === 'made' || (event === 'failed' && this.creator !== null && this.state === 'creating'))
      return this.#letOn()
    if (event === 'failed') return this.#say(this.runtime.run(['start', this.id]).stderr)
    if (event === 'ended') {
      process.kill(this.runtime.state(this.id).pid, 'SIGKILL')
      await until('it has ended', () => this.state === 'stopped')
      return null
    }
    const [verb, ...rest] = event.replace('web', this.id).split(' ')
    const more = verb === 'create' ? ['-b', this.bundle] : []
    return this.#say(this.runtime.run([verb!, ...more, ...rest], { output: world.path() }).stderr)
  }

  async #beginCreate(): Promise<null> {
    const nothing = fs.openSync('/dev/null', 'r+')
    const args = ['--root', this.runtime.root, 'create', '-b', this.bundle, this.id]
    this.creator = spawn(process.execPath, [miniRunc, ...args], { stdio: [nothing, nothing, 'pipe'] })
    fs.closeSync(nothing)
    await until('it is being made', () => this.hooks.includes('createRuntime'))
    return null
  }

  async #letOn(): Promise<string | null> {
    const creator = this.creator!
    let said = ''
    creator.stderr!.on('data', (chunk: Buffer) => {
      said += chunk
    })
    const left = new Promise(resolve => creator.on('exit', resolve))
    fs.rmSync(this.hold)
    await left
    creator.stderr!.destroy() // init has it, too
    return this.#say(said)
  }

  #say(text: string): string | null {
    return text === '' ? null : text.trim().replaceAll(this.id, 'web')
  }

  get seen(): Seen {
    const directory = `${this.runtime.root}/containers/${this.id}`
    const record = this.state === null ? null : JSON.parse(fs.readFileSync(`${directory}/state.json`, 'utf8'))
    const pid: number = this.runtime.state(this.id)?.pid ?? 0
    const top = '/sys/fs/cgroup'
    const cgroups = fs
      .readdirSync(top)
      .map(name => `${top}/${name}/mini-docker/${this.id}`)
      .filter(path => fs.existsSync(path))
    const isFrozen = cgroups.some(path =>
      ['freezer.state', 'cgroup.freeze'].some(file => /^(FROZEN|1)\n$/.test(textIn(`${path}/${file}`))),
    )
    const init = (): Seen['init'] => {
      if (pid === 0) return null
      if (isFrozen) return 'frozen'
      if (textIn(`/proc/${pid}/comm`) === 'sleep\n') return 'running'
      return fs.existsSync(`${directory}/init.pid`) ? 'waiting' : 'making'
    }
    return {
      files: record === null ? [] : fs.readdirSync(directory).sort(),
      written: record?.status ?? null,
      hasCgroup: cgroups.length > 0,
      isFrozen,
      init: init(),
    }
  }

  end(): void {
    fs.rmSync(this.hold, { force: true })
    this.creator?.kill('SIGKILL')
    this.runtime.run(['delete', '-f', this.id])
  }
}

const textIn = (file: string): string => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '')

/** How a container comes there. */
const ways: readonly (readonly Event[])[] = [
  [],
  ['create web'],
  ['create web', 'made'],
  ['create web', 'made', 'start web'],
  ['create web', 'made', 'start web', 'pause web'],
  ['create web', 'made', 'start web', 'kill web KILL'],
  ['create web', 'made', 'ended'],
  ['create web', 'made', 'start web', 'pause web', 'kill web KILL', 'resume web'],
]

async function follow(real: Real, way: readonly Event[], from: World = null): Promise<World> {
  let now = from
  for (const event of way) {
    const what = `${event} after ${real.way.join(', ')}`
    const after = act(now, event, freezer)
    assert.is(await real.do(event), after.error, what)
    now = after.world
    const state = now?.state ?? null
    await until(`${what}: ${state}`, () => real.state === state) // a signal takes its time
    assert.equal(real.seen, seenOf(now), what)
    real.expected.push(...after.hooks)
    real.way.push(event)
    assert.equal(real.hooks, real.expected, what)
  }
  return now
}

for (const way of ways) {
  here(`each command does what the toy says when it comes after ${way.join(', ') || 'nothing'}`, async () => {
    const events: readonly Event[] = [...commands, ...happenings]
    const worldAt = way.reduce<World>((now, event) => act(now, event, freezer).world, null)
    const [stays, changes] = [[] as Event[], [] as Event[]]
    for (const event of events) {
      if (happenings.includes(event as never) && !canHappen(worldAt, event as never)) continue
      if (waits(worldAt, event)) continue
      // what v1 has frozen does not even end
      if (event === 'ended' && worldAt?.state === 'paused' && freezer === 'v1') continue
      const { world: next } = act(worldAt, event, freezer)
      ;(JSON.stringify(next) === JSON.stringify(worldAt) ? stays : changes).push(event)
    }
    // what changes nothing is tried on one container, in turn
    const first = new Real(['sleep', '100'])
    try {
      await follow(first, stays, await follow(first, way))
    } finally {
      first.end()
    }
    for (const event of changes) {
      if (event === 'failed') continue
      const real = new Real(['sleep', '100'])
      try {
        await follow(real, [event], await follow(real, way))
      } finally {
        real.end()
      }
    }
  })
}

here('a start that fails says and leaves what the toy says when its program is none, or not there', async () => {
  const program = `${world.rootfs}/bin/web`
  for (const way of [
    ['create web', 'failed'],
    ['create web', 'made', 'failed', 'delete web'],
  ] as const) {
    if (way.length > 2) fs.writeFileSync(program, 'no program\n', { mode: 0o755 })
    const real = new Real(['/bin/web'])
    try {
      await follow(real, way)
    } finally {
      real.end()
      fs.rmSync(program, { force: true })
    }
  }
})

here('state prints what the toy shows, key by key', () => {
  const real = new Real(['sleep', '100'])
  fs.rmSync(real.hold)
  real.runtime.run(['create', '-b', real.bundle, real.id], { output: world.path() })
  const shown = Object.entries(JSON.parse(stateJson('created')))
  const { stdout } = real.runtime.run(['state', real.id])
  assert.equal(
    Object.entries(JSON.parse(stdout)).map(([key, value]) => [key, typeof value]),
    shown.map(([key, value]) => [key, typeof value]),
  )
  assert.is(stdout.split('\n').length, stateJson('created').split('\n').length + 1)
  real.end()
})

test.run()
