/**
 * The exchanges of the registry explorer: `ch5`'s own pulls and pushes at `ch5 serve`'s own server, with something in between
 * that cuts a connection or changes a byte where a scene wants it. What differs from run to run (ports, tokens, upload ids) has a name.
 */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import * as os from 'node:os'
import bcrypt from 'bcryptjs'
import { type Images, openImages } from '#chapters/ch4-images/images'
import { Lease } from '#chapters/ch4-images/store/leases'
import { Registry } from '#chapters/ch5-registry/client/http/registry'
import { pullImage } from '#chapters/ch5-registry/client/image/pull'
import { pushImage } from '#chapters/ch5-registry/client/image/push'
import { parseReference } from '#chapters/ch5-registry/reference/parse'
import { Htpasswd } from '#chapters/ch5-registry/server/auth/htpasswd'
import { tokenGuard } from '#chapters/ch5-registry/server/auth/token-guard'
import { openProgress } from '#core/cli/progress'
import { type Descriptor, mediaTypes } from '#core/spec/image'
import { rawTar } from '#support/raw-tar'
import { newRegistry } from '#support/registry'
import { sleep } from '#support/world'
import {
  type RegistryData,
  type Scene,
  type SceneName,
  who,
} from '../../../site/.vitepress/theme/toys/registry-data.js'
import { Between, type Mischief, SETTLES_MS } from './between.js'
import { RecordingTransport } from './recording-transport.js'
import { writeData } from './write.js'

const MiB = 1 << 20
const quiet = openProgress(true)
const platform = { os: 'linux', architecture: 'amd64' } as const

export async function recordRegistry(into: string): Promise<void> {
  const directory = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-record-`)
  const registry = await newRegistry({ guard: await guardIn(directory) })
  const between = await Between.open(registry.port)
  try {
    const data: RegistryData = { version: 1, scenes: await scenesAt(between, directory) }
    writeData(`${into}/data/registry.json`, data)
  } finally {
    between.close()
    await registry.close(0)
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

async function guardIn(directory: string) {
  fs.writeFileSync(`${directory}/users`, `${who.user}:${bcrypt.hashSync(who.password, 4)}\n`)
  const users = await Htpasswd.open(`${directory}/users`)
  const rules = [
    { who: ['anonymous'], repositories: ['shop/**'], may: ['pull'] },
    { who: ['users'], repositories: ['**'], may: ['pull', 'push', 'delete'] },
  ] as const
  return tokenGuard({
    users,
    policy: { groups: {}, rules },
    key: Buffer.alloc(32, 1),
    service: 'registry',
    isTls: false,
  })
}

/** One file, so long. Not compressed: the same bytes wherever it is made. */
const layer = (path: string, bytes: number): Buffer =>
  rawTar([{ name: path, content: Buffer.alloc(bytes, `${path} of the image in chapter 5\n`) }])
const system = layer('bin/busybox', 3 * MiB)
const runtime = layer('usr/bin/node', 40 * MiB)
const app = layer('srv/app.js', 20_000)
const newApp = layer('srv/app.js', 21_000)

async function scenesAt(between: Between, directory: string): Promise<Scene[]> {
  const play = async (
    name: SceneName,
    typed: string,
    mischief: Mischief | null,
    here: Scene['here'],
    act: (registry: Registry) => Promise<unknown>,
  ): Promise<Scene> => {
    const transport = new RecordingTransport(between.host)
    const credentials = name.startsWith('push') ? ({ kind: 'password', ...who } as const) : null
    const registry = new Registry(between.host, { transport, credentials, wait: () => sleep(SETTLES_MS) })
    between.mischief = mischief
    const error = await act(registry).then(
      () => null,
      (failed: Error) => transport.named(failed.message),
    )
    between.mischief = null
    await registry.close()
    return { name, typed, here, exchanges: transport.exchanges, error }
  }
  const open = (name: string): Images => openImages(`${directory}/${name}`)
  const named = (name: string) => parseReference(`${between.host}/${name}`)
  const push = (images: Images, name: string, target: Descriptor) => (registry: Registry) =>
    pushImage(images, registry, named(name), target, { platform: null, uploads: 1 }, quiet)
  const pull = (images: Images, name: string) => (registry: Registry) =>
    pullImage(images, registry, named(name), { platform, allPlatforms: false, downloads: 1 }, quiet)

  const maker = open('maker')
  const [first, other] = [imageIn(maker, 'amd64', [system, runtime, app]), imageIn(maker, 'arm64', [system, app])]
  const web = indexIn(maker, [first, other])
  await play('push', '', null, [], push(maker, 'shop/web:1', web))
  await play('push', '', null, [], push(maker, 'shop/app:1', other))

  const reader = open('reader')
  const scenes = [await play('pull', 'ch5 pull registry.example/shop/web:1', null, [], pull(reader, 'shop/web:1'))]
  const config: Descriptor = JSON.parse(maker.store.read(first.digest).toString()).config
  const documents = [web, first, config]
  const half = { method: 'GET', path: digestOf(runtime) } as const
  for (const [name, mischief] of [
    ['pull-cut', { ...half, cutAnswerAt: 25 * MiB }],
    ['pull-lie', { ...half, changeAt: 7 * MiB }],
  ] as const) {
    const images = open(name)
    // another image, pulled before, had all of it but one layer
    for (const { digest } of documents) put(images, '', maker.store.read(digest))
    for (const bytes of [system, app]) put(images, mediaTypes.layer, bytes)
    scenes.push(
      await play(
        name,
        'ch5 pull registry.example/shop/web:1',
        mischief,
        texts(maker, documents),
        pull(images, 'shop/web:1'),
      ),
    )
  }
  const next = imageIn(reader, 'amd64', [system, runtime, newApp])
  scenes.push(
    await play(
      'push',
      'ch5 push registry.example/shop/app:2',
      null,
      texts(reader, [next]),
      push(reader, 'shop/app:2', next),
    ),
  )
  const fresh = open('fresh')
  const large = imageIn(fresh, 'amd64', [runtime])
  const cut = { method: 'PATCH', path: '/uploads/', cutRequestAt: 20 * MiB } as const
  scenes.push(
    await play(
      'push-cut',
      'ch5 push registry.example/shop/node:20',
      cut,
      texts(fresh, [large]),
      push(fresh, 'shop/node:20', large),
    ),
  )
  return scenes
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

const texts = ({ store }: Images, documents: readonly Descriptor[]): string[] =>
  documents.map(({ digest }) => store.read(digest).toString())

/** Kept for as long as this process runs. */
function put({ store }: Images, mediaType: string, content: Buffer | object): Descriptor {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content, null, 2))
  return { mediaType, digest: store.put(bytes, new Lease(store).begin()), size: bytes.length }
}

function imageIn(images: Images, architecture: string, layers: readonly Buffer[]): Descriptor {
  const config = put(images, mediaTypes.config, {
    architecture,
    os: 'linux',
    config: { Cmd: ['node', '/srv/app.js'] },
    rootfs: { type: 'layers', diff_ids: layers.map(digestOf) },
  })
  return put(images, mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config,
    layers: layers.map(bytes => put(images, mediaTypes.layer, bytes)),
  })
}

const indexIn = (images: Images, [amd64, arm64]: readonly [Descriptor, Descriptor]): Descriptor =>
  put(images, mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [
      { ...amd64, platform },
      { ...arm64, platform: { os: 'linux', architecture: 'arm64' } },
    ],
  })
