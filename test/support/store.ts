/** Images for a test: trees, their archives by GNU tar, and what the store holds afterwards, as lines. */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import * as assert from 'uvu/assert'
import { type Options, type Result, run } from './cli.js'
import { filesOf } from './tree.js'
import type { World } from './world.js'

export const sha256 = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A tar archive of files by path; GNU tar writes it. @param flags `-z` and the like */
export function archiveOf(world: World, files: Readonly<Record<string, string>>, ...flags: string[]): string {
  const directory = world.directoryOf(files)
  const archive = `${world.path()}.tar`
  execFileSync('tar', ['-C', directory, '--sort=name', '--mtime=@1700000000', ...flags, '-cf', archive, '.'])
  return archive
}

/** A command of ch4 that must do. */
export async function ch4(world: World, args: readonly string[], options: Options = {}): Promise<Result> {
  const result = await run(world, ['ch4', ...args], { seconds: 60, ...options })
  assert.is(result.code, 0, `ch4 ${args.join(' ')}: ${result.stderr}`)
  return result
}

/** An image of one layer. @returns its ID */
export async function imported(
  world: World,
  name: string,
  files: Readonly<Record<string, string>>,
  ...more: string[]
): Promise<string> {
  const { stdout } = await ch4(world, ['import', '-q', ...more, archiveOf(world, files), name])
  return stdout.trim()
}

interface Listed {
  readonly ID: string
  readonly Repository: string
  readonly Tag: string
  readonly Digest: string
}

export async function listed(world: World, ...flags: string[]): Promise<Listed[]> {
  const { stdout } = await ch4(world, ['images', '--json', ...flags])
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}

/** What a command may have changed: every file of the data directory but locks, with what is in it. */
export const storeOf = (world: World): string[] =>
  filesOf(world.data).filter(line => !/^(store\/lock|rootfs|snapshots\/kind|containers$|trash$)/.test(line))

/** What belongs to nobody: temporary files, ingests, leases, what lies in the trash. */
export function orphansIn(world: World): string[] {
  const places = ['store/ingest', 'store/leases', 'trash']
  const left = places.flatMap(place => list(`${world.data}/${place}`).map(name => `${place}/${name}`))
  const temporary = ['store', 'store/blobs/sha256', 'snapshots/overlay/records'].flatMap(place =>
    list(`${world.data}/${place}`).flatMap(name => (name.startsWith('.') ? [`${place}/${name}`] : [])),
  )
  const records = list(`${world.data}/snapshots/overlay/records`)
    .filter(name => name.endsWith('.json') && !name.startsWith('.'))
    .map(name => JSON.parse(fs.readFileSync(`${world.data}/snapshots/overlay/records/${name}`, 'utf8')))
  const known = new Set(records.map(({ directory }) => directory))
  const strays = list(`${world.data}/snapshots/overlay`).filter(name => /^\d+$/.test(name) && !known.has(name))
  return [...left, ...temporary, ...strays.map(name => `snapshots/overlay/${name}`)]
}

function list(directory: string): string[] {
  return fs.existsSync(directory) ? fs.readdirSync(directory) : []
}

/** One clear line on stderr, and nothing else. */
export function oneLine({ code, stderr, stdout }: Result, pattern: RegExp): void {
  assert.is(code, 125, stderr)
  assert.is(stdout, '')
  assert.match(stderr, pattern)
  assert.is(stderr.trimEnd().split('\n').length, 1, stderr)
}
