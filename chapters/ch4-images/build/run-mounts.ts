/** `RUN --mount`: what each one shows, for the cache key; and what has to be made ready for it, for the container. */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import type { Mount } from '#core/spec/runtime'
import { randomId } from '#core/sys/random'
import { ignorePatterns } from '../dockerfile/ignore.js'
import type { RunMount } from '../dockerfile/instruction.js'
import { cacheKeyText } from '../parts-in-use.js'
import type { Resolved } from '../snapshot/resolve-in-layers.js'
import type { RootMount } from '../snapshot/snapshotter.js'
import { type Building, resolveIn, unpackState } from './building.js'
import type { Copied, MountSeen, StepSeen } from './cache-key.js'
import { holdCache } from './cache-mounts.js'
import { keyOf } from './cache-records.js'
import { resolvePath } from './config.js'
import { copiedOf, type TakenSource } from './files.js'
import { chainIdOf, type StageState } from './stage-state.js'
import { takeFiles } from './take.js'
import { writeTree } from './write-tree.js'

/** The stage or image that a `from` names. */
export type OriginOf = (word: string) => Promise<StageState>

export interface ReadyMounts {
  readonly mounts: readonly Mount[]
  readonly files: readonly string[]
  readonly trees: readonly { readonly mount: RootMount; readonly at: string }[]
  readonly env: readonly string[]
  /** In reverse, whatever happened. */
  release(): void
}

const targetOf = (mount: RunMount, cwd: string): string | null =>
  mount.target === null ? null : resolvePath(cwd, mount.target)

/** What a key says of a mount: the content that is bound, the name of a cache, and of a secret only that there is one. */
export async function mountSeen(
  building: Building,
  mount: RunMount,
  cwd: string,
  originOf: OriginOf,
): Promise<MountSeen> {
  const seen = (content: string | null, ...options: string[]): MountSeen => ({
    type: mount.type,
    target: targetOf(mount, cwd) ?? '',
    content,
    options,
  })
  switch (mount.type) {
    case 'bind': {
      const content =
        mount.from === null ? digestOfFiles(takeContext(building, mount.source)) : chainIdOf(await originOf(mount.from))
      return seen(content ?? 'scratch', mount.source, mount.writable ? 'rw' : 'ro')
    }
    case 'cache':
      return seen(mount.id ?? mount.target, mount.sharing, mount.readonly ? 'ro' : 'rw')
    case 'tmpfs':
      return seen(null, String(mount.size))
    case 'secret':
      return seen(null, mount.id, mount.env ?? '', mount.mode, mount.uid, mount.gid)
  }
}

function digestOfFiles(sources: readonly TakenSource[]): string {
  const files: Copied[] = sources.flatMap(source =>
    source.files.map(file => copiedOf(file, { chown: null, mode: null })),
  )
  const step: StepSeen = { kind: 'COPY', target: '/', files }
  return keyOf(cacheKeyText({ chainId: null, platform: '' }, step))
}

const takeContext = ({ context: { root, ignore } }: Building, source: string): TakenSource[] =>
  takeFiles(root, { sources: [source], ignore, exclude: ignorePatterns([]), parents: false, owner: { uid: 0, gid: 0 } })

/** @throws MiniDockerError NotFound: a source or a required secret is not there */
export async function readyMounts(
  building: Building,
  wanted: readonly RunMount[],
  cwd: string,
  originOf: OriginOf,
): Promise<ReadyMounts> {
  const mounts: Mount[] = []
  const files: string[] = []
  const trees: { mount: RootMount; at: string }[] = []
  const env: string[] = []
  const releases: (() => void)[] = []
  const release = (): void => {
    for (const one of releases.splice(0).reverse()) one()
  }
  const bind = (destination: string, source: string, readonly: boolean): void => {
    mounts.push({ destination, source, options: ['rbind', ...(readonly ? ['ro'] : [])] })
    if (!fs.statSync(source).isDirectory()) files.push(source)
  }
  try {
    for (const mount of wanted) {
      const destination = targetOf(mount, cwd)
      switch (mount.type) {
        case 'tmpfs': {
          const size = mount.size === null ? [] : [`size=${mount.size}`]
          mounts.push({
            destination: destination!,
            type: 'tmpfs',
            source: 'tmpfs',
            options: ['nosuid', 'nodev', ...size],
          })
          break
        }
        case 'cache': {
          if (mount.from !== null) {
            fail('Unsupported', {
              what: `--mount=type=cache,from=${mount.from}`,
              why: 'a cache begins empty here',
              hint: 'fill it in the RUN itself, from a type=bind mount',
            })
          }
          const held = await holdCache(building.images.data, mount)
          releases.push(held.release)
          bind(destination!, held.directory, mount.readonly)
          break
        }
        case 'secret': {
          const bytes = secretOf(building, mount)
          if (bytes === null) break
          if (mount.env !== null) env.push(`${mount.env}=${bytes.toString('utf8')}`)
          if (destination !== null) bind(destination, secretFile(building, mount, bytes, releases), true)
          break
        }
        case 'bind': {
          if (mount.from === null) {
            // a copy: what .dockerignore leaves out is not to be seen, and what is written is thrown away
            const place = building.scratch.directory(0o755)
            releases.push(() => fs.rmSync(place, { recursive: true, force: true }))
            const source = writeTree(place, takeContext(building, mount.source))
            bind(destination!, source, !mount.writable)
            break
          }
          const origin = await originOf(mount.from)
          await unpackState(building, origin)
          const tree = treeOf(building, origin, mount, releases)
          const [{ path, kind }] = (await resolveIn(building, origin, [mount.source])) as [Resolved]
          if (kind === 'missing') {
            fail('NotFound', { what: `source '${mount.source}' of '${mount.from}'`, why: 'is not there' })
          }
          trees.push(tree)
          const source = `${tree.at}${path}`
          mounts.push({ destination: destination!, source, options: ['rbind', ...(mount.writable ? [] : ['ro'])] })
          if (kind === 'file') files.push(source)
        }
      }
    }
    return { mounts, files, trees, env, release }
  } catch (error) {
    release()
    throw error
  }
}

/** A view of the stage, or, to be written in, a snapshot that nobody will commit. */
function treeOf(
  { images: { snapshotter }, lease, scratch }: Building,
  origin: StageState,
  { from, writable }: Extract<RunMount, { type: 'bind' }>,
  releases: (() => void)[],
) {
  const chainId = chainIdOf(origin) ?? fail('NotFound', { what: `from=${from}`, why: 'has no files' })
  const key = `build-${randomId()}`
  lease.keepSnapshot(key)
  const mount = writable ? snapshotter.prepare(key, chainId) : snapshotter.view(key, chainId)
  releases.push(() => snapshotter.remove(key))
  return { mount, at: scratch.directory(0o755) }
}

type SecretMount = Extract<RunMount, { type: 'secret' }>

/** @returns null when there is none, and none is needed */
function secretOf({ wish }: Building, { id, required }: SecretMount): Buffer | null {
  const source = wish.secrets.get(id)
  const missing = (why: string): null =>
    required ? fail('NotFound', { what: `secret '${id}'`, why, hint: `--secret id=${id},src=FILE` }) : null
  if (source === undefined) return missing('was not given')
  if ('env' in source) {
    const value = process.env[source.env]
    return value === undefined ? missing(`variable '${source.env}' is not set`) : Buffer.from(value)
  }
  try {
    return fs.readFileSync(source.file)
  } catch (cause) {
    return fail('NotFound', { what: `secret '${id}': '${source.file}'`, why: errnoOf(cause) ?? String(cause), cause })
  }
}

/** A file that only its reader may read, and that is gone when the step has ended. */
function secretFile({ scratch }: Building, mount: SecretMount, bytes: Buffer, releases: (() => void)[]): string {
  const file = scratch.path()
  fs.writeFileSync(file, bytes, { mode: 0o600 })
  releases.push(() => fs.rmSync(file, { force: true }))
  fs.chmodSync(file, Number.parseInt(mount.mode, 8))
  if (mount.uid !== '0' || mount.gid !== '0') {
    try {
      fs.chownSync(file, Number(mount.uid), Number(mount.gid))
    } catch (cause) {
      fail('FailedPrecondition', {
        what: `secret '${mount.id}': uid=${mount.uid},gid=${mount.gid}`,
        why: 'an ordinary user cannot give a file to somebody else',
        hint: 'leave uid and gid out, and say mode=0444',
        cause,
      })
    }
  }
  return file
}
