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
  assert.is(result.code, 0, `ch4 ${args.join(' ')}: ${result.signal ?? ''}${result.stderr}${result.stdout}`)
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

/** What belongs to nobody: temporary files, ingests, leases, what lies in the trash, what a build needed for a moment. */
export function orphansIn({ data }: World): string[] {
  const places = ['store/ingest', 'store/leases', 'trash', 'build-cache/scratch']
  const left = places.flatMap(place => list(`${data}/${place}`).map(name => `${place}/${name}`))
  const temporary = besides.flatMap(place =>
    list(`${data}/${place}`).flatMap(name => (name.startsWith('.') ? [`${place}/${name}`] : [])),
  )
  const known = new Set(snapshotsIn(data).map(({ directory }) => directory))
  const strays = list(`${data}/snapshots/overlay`).filter(name => /^\d+$/.test(name) && !known.has(name))
  return [...left, ...temporary, ...strays.map(name => `snapshots/overlay/${name}`)]
}

/** Where files are written beside their place first. */
const besides = [
  '.',
  'store',
  'store/blobs/sha256',
  'snapshots',
  'snapshots/ready',
  'snapshots/overlay/records',
  'build-cache',
  'containers',
  'mounts',
  'volumes',
]

/**
 * Blobs and snapshots that nothing leads to, by what JSON says: no entry of index.json, no container, no record of the build
 * cache.
 */
export function unownedIn({ data }: World): string[] {
  const blobs = new Set<string>()
  const snapshots = new Set<string>()
  const visit = (text: string): void => {
    for (const digest of text.match(/sha256:[0-9a-f]{64}/g) ?? []) {
      if (blobs.has(digest)) continue
      const file = `${data}/store/blobs/sha256/${digest.slice('sha256:'.length)}`
      if (!fs.existsSync(file)) continue // a diff ID, say; whether all is there, verify says
      blobs.add(digest)
      const bytes = fs.readFileSync(file)
      if (bytes.length > 10_000 || bytes[0] !== 0x7b) continue
      visit(bytes.toString())
      for (const chainId of chainIdsIn(bytes.toString())) snapshots.add(chainId)
    }
  }
  const files = ['containers', 'build-cache'].flatMap(place =>
    list(`${data}/${place}`).flatMap(name => (name.endsWith('.json') ? [`${data}/${place}/${name}`] : [])),
  )
  for (const file of [`${data}/store/index.json`, ...files]) visit(fs.readFileSync(file, 'utf8'))
  for (const name of list(`${data}/containers`)) snapshots.add(`container-${name.replace(/\.json$/, '')}`)
  return [
    ...list(`${data}/store/blobs/sha256`).filter(name => !blobs.has(`sha256:${name}`)),
    ...snapshotsIn(data).flatMap(({ key }) => (snapshots.has(key) ? [] : [key])),
  ]
}

/** image-spec config.md, "Layer ChainID". */
function chainIdsIn(config: string): string[] {
  const { rootfs } = JSON.parse(config) as { rootfs?: { diff_ids: string[] } }
  const chain: string[] = []
  for (const diffId of rootfs?.diff_ids ?? []) {
    const below = chain.at(-1)
    chain.push(below === undefined ? diffId : sha256(`${below} ${diffId}`))
  }
  return chain
}

const snapshotsIn = (data: string): { key: string; directory: string }[] =>
  list(`${data}/snapshots/overlay/records`)
    .filter(name => name.endsWith('.json') && !name.startsWith('.'))
    .map(name => JSON.parse(fs.readFileSync(`${data}/snapshots/overlay/records/${name}`, 'utf8')))

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
