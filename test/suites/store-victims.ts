/** The commands that change the store, as those who are killed: what each one needs before it, and what has to be there after it. */

import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import * as assert from 'uvu/assert'
import { type Running, run, start } from '#support/cli'
import { baseName, importBase } from '#support/containers'
import { archiveOf, ch4, imported } from '#support/store'
import { newWorld, nonce, until, type World } from '#support/world'

export interface Victim {
  readonly name: string
  /** Puts the store where the command can begin. */
  prepare(): Promise<void>
  readonly args: readonly string[]
  /** What has to be true once it has come to its end, whatever happened to the one before it. */
  holds?(stdout: string): Promise<void>
}

export const names = [
  'pack',
  'pack --cmd',
  'load',
  'import',
  'commit',
  'build --no-cache',
  'build',
  'rmi',
  'prune',
  'tag',
] as const
export type Name = (typeof names)[number]

/** Two stages beside each other, one after the other in the end; a cache mount; layers large enough to take their time. */
const dockerfile = `FROM ${baseName} AS made
COPY input /input
RUN --mount=type=cache,target=/var/cache/made head -c 1500000 /dev/urandom >/big && cp /input /var/cache/made/
FROM ${baseName}
WORKDIR /srv
RUN echo first >first
COPY --from=made /big /input /srv/
RUN sleep 0.1; cat input >second
`

/** A store with all that the commands work on, and a container that runs. */
export class Stage {
  readonly world = newWorld()
  readonly context = this.world.directoryOf({ Dockerfile: dockerfile, input: '' })
  readonly #archive = this.world.path('images.tar')
  readonly #tree = this.world.directoryOf({
    ...Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`d${i % 7}/f${i}`, randomBytes(8000).toString('hex')])),
  })
  readonly #tar = archiveOf(this.world, { big: 'x'.repeat(4_000_000), etc: '1' }, '-z')
  readonly #digests = new Map<string, string>()
  #input = ''
  #container: Running | undefined
  /** Of its init. */
  #pid = 0

  async make(): Promise<void> {
    const source = newWorld()
    await imported(source, 'loaded:1', { a: 'a'.repeat(2_000_000) })
    await imported(source, 'loaded:2', { b: randomBytes(250_000).toString('hex') })
    await ch4(source, ['save', '-q', '-o', this.#archive, 'loaded:1', 'loaded:2'])
    await importBase(this.world)
    const script =
      'head -c 1500000 /dev/urandom >/data; echo here >/here; echo up; i=0; while :; do i=$((i+1)); echo $i >/count; sleep 0.05; done'
    const args = ['ch4', 'run', '--name', 'runs', baseName, 'sh', '-c', script]
    this.#container = start(this.world, args, { seconds: 36_000 })
    await this.#container.says(/up/)
    this.#pid = (JSON.parse((await ch4(this.world, ['ps', '--json'])).stdout) as { pid: number }).pid
  }

  /** The container's creator: no stray. */
  get known(): ReadonlySet<number> {
    return new Set(this.#container === undefined ? [] : [this.#container.pid])
  }

  async end(): Promise<void> {
    await run(this.world, ['ch4', 'rm', '-f', 'runs'])
    await this.#container?.done
    this.#container = undefined
  }

  /** A commit makes it stand still: it goes on afterwards, also when the commit was killed. */
  async goesOn(): Promise<void> {
    const count = (): string => fs.readFileSync(`/proc/${this.#pid}/root/count`, 'utf8')
    const before = count()
    await until('the container goes on', () => !['', before].includes(count()), 5)
  }

  victim(name: Name): Victim {
    return { name, ...this.#parts[name] }
  }

  readonly #load = (): Promise<unknown> => ch4(this.world, ['load', '-q', '-i', this.#archive])
  readonly #import = (): Promise<unknown> => ch4(this.world, ['import', '-q', this.#tar, 'imported'])
  readonly #without =
    (...images: readonly string[]) =>
    async (): Promise<void> =>
      void (await ch4(this.world, ['rmi', '-f', ...images]))
  readonly #says = async (image: string, line: string, said: string): Promise<void> => {
    const { stdout } = await ch4(this.world, ['run', '--rm', image, 'sh', '-c', line])
    assert.is(stdout, said)
  }
  readonly #built = (): Promise<void> =>
    this.#says('built', 'cat /srv/first /srv/second; wc -c </srv/big', `first\n${this.#input}1500000\n`)
  readonly #change = async (): Promise<void> => {
    this.#input = `${nonce()}\n`
    fs.writeFileSync(`${this.context}/input`, this.#input)
  }
  /** The same files give the same image, however often somebody was killed over them. */
  readonly #same =
    (name: string) =>
    async (stdout: string): Promise<void> => {
      const before = this.#digests.get(name) ?? stdout
      this.#digests.set(name, stdout)
      assert.match(stdout, /^sha256:[0-9a-f]{64}\n$/)
      assert.is(stdout, before)
    }

  readonly #parts: Readonly<Record<Name, Omit<Victim, 'name'>>> = {
    pack: {
      prepare: this.#without('tree'),
      args: ['pack', '-q', '-t', 'tree', this.#tree],
      holds: this.#same('tree'),
    },
    'pack --cmd': {
      prepare: this.#without('program'),
      args: ['pack', '-q', '-t', 'program', '--cmd', 'sh', '-c', `sleep 0.2; cat ${this.#tree}/d0/f0`],
      holds: () => this.#says('program', 'true', ''),
    },
    load: { prepare: this.#without('loaded:1', 'loaded:2'), args: ['load', '-q', '-i', this.#archive] },
    import: { prepare: this.#without('imported'), args: ['import', '-q', this.#tar, 'imported'] },
    commit: {
      prepare: this.#without('committed'),
      args: ['commit', 'runs', 'committed'],
      holds: async () => {
        await this.#says('committed', 'cat /here; wc -c </data', 'here\n1500000\n')
        await this.goesOn()
      },
    },
    'build --no-cache': {
      prepare: this.#change,
      args: ['build', '-q', '--no-cache', '-t', 'built', this.context],
      holds: this.#built,
    },
    build: { prepare: this.#change, args: ['build', '-q', '-t', 'built', this.context], holds: this.#built },
    rmi: {
      prepare: async () => {
        await this.#load()
        await this.#import()
      },
      args: ['rmi', '-f', 'loaded:1', 'loaded:2', 'imported'],
    },
    prune: {
      prepare: async () => {
        await this.#import()
        await ch4(this.world, ['run', '--name', `ended-${nonce()}`, baseName, 'sh', '-c', 'echo here >/here'])
        await ch4(this.world, ['build', '-q', '-f', '-', this.context], { input: 'FROM scratch\nCOPY input /\n' })
      },
      args: ['prune', '-af'],
    },
    tag: {
      prepare: async () => {
        await this.#import()
        await this.#without('again:1')()
      },
      args: ['tag', 'imported', 'again:1'],
    },
  }
}

/** @returns what it takes, in milliseconds */
export async function wholeRun(world: World, { args, name, holds }: Victim): Promise<number> {
  const began = performance.now()
  const { code, stdout, stderr } = await run(world, ['ch4', ...args], { seconds: 120 })
  const took = performance.now() - began
  assert.is(code, 0, `${name}: ${stderr}`)
  await holds?.(stdout)
  return took
}
