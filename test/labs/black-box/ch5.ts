/** What a tool of ch5 does, in any language: images that come from a registry and go to one, however that behaves. */

import type { BlackBox, Tool } from '#labs/runner/grade/black-box'
import type { Failure } from '#labs/runner/grade/grader'
import type { Ran } from '#labs/runner/room/room'
import { differ } from '../support/answers.js'
import { base, changed, type Layer, plainOf, wordLayer } from '../support/box-layers.js'
import { type Asked, type BoxRegistry, boxRegistry, sha } from '../support/box-registry.js'
import { archive } from '../support/room-images.js'
import { ended } from '../support/room-registry.js'
import { unless } from './view.js'

/** Nobody's yet: `a1b2/c3d4:e5f6`. */
const nameIn = ({ room }: Tool): string => `${room.nonce()}/${room.nonce()}:${room.nonce()}`

/** It is not waited for by a call that holds up this process: whom it talks to is in it. */
const call = (tool: Tool, ...words: readonly string[]): Promise<Ran> => ended(tool.begin(...words))
const reads = (tool: Tool, name: string): Promise<Ran> => call(tool, 'run', name, '/bin/sh', '-c', 'cat /word')

/** Pulls, and looks whether that is the image with this word. */
async function pulls(tool: Tool, name: string, word: string, tries = 1): Promise<Failure | null> {
  let ran = await call(tool, 'pull', name)
  for (let i = 1; i < tries && ran.code !== 0; i++) ran = await call(tool, 'pull', name)
  if (ran.code !== 0) return unless(false, 'pull NAME ends with 0', ran)
  const read = await reads(tool, name)
  return unless(read.code === 0 && read.stdout === word, 'the image that was pulled runs, and has its files', read)
}

const ofBlobs = ({ method, url }: Asked): boolean => method === 'GET' && /\/blobs\/sha256:/.test(url)
const asked = (registry: BoxRegistry, { bytes }: Layer): Asked[] =>
  registry.asked.filter(one => ofBlobs(one) && one.url.endsWith(sha(bytes)))
const sentTo = (registry: BoxRegistry): number => registry.asked.reduce((sum, { sent }) => sum + sent, 0)

async function refuses(tool: Tool, lie: 'a layer' | 'the manifest'): Promise<Failure | null> {
  const layer = base(tool)
  const name = nameIn(tool)
  const rules = { lie: (digest: string, bytes: Buffer) => (digest === sha(layer.bytes) ? changed(bytes) : bytes) }
  return boxRegistry(lie === 'a layer' ? rules : {}, async registry => {
    const digest = registry.add(name, [layer, wordLayer(tool, tool.room.nonce())])
    const other = registry.add(name, [layer, wordLayer(tool, tool.room.nonce())])
    if (lie === 'the manifest') registry.manifests.set(digest, registry.manifests.get(other)!)
    const reference = `${registry.host}/${lie === 'a layer' ? name : `${name.split(':')[0]}@${digest}`}`
    const pulled = await call(tool, 'pull', reference)
    if (pulled.code === 0) return unless(false, `${lie} has another digest: pull ends with an error`, pulled)
    const ran = await reads(tool, reference)
    return unless(ran.code !== 0, 'there is no such image afterwards', ran)
  })
}

/** @returns the name of the image, or how the import ended */
async function imported(
  tool: Tool,
  host: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string | Failure> {
  const name = `${host}/${nameIn(tool)}`
  const ran = await call(tool, 'import', archive(tool.room, tool.room.rootfs(files)), name)
  return unless(ran.code === 0, 'import FILE NAME ends with 0', ran) ?? name
}

interface Named {
  readonly digest: string
}

/** Whether all of it is there that its tag stands for. */
function wrongIn(registry: BoxRegistry, name: string, word: string): Failure | null {
  const digest = registry.tags.get(name.slice(name.indexOf('/') + 1))
  const bytes = registry.manifests.get(digest ?? '')
  if (bytes === undefined) return differ('the registry has a manifest under the tag', 'it has none')
  const { config, layers } = JSON.parse(String(bytes)) as Record<'config', Named> & {
    readonly layers: readonly Named[]
  }
  const { rootfs } = JSON.parse(String(registry.blobs.get(config.digest)!)) as {
    readonly rootfs: { readonly diff_ids: readonly string[] }
  }
  // the registry has seen to the digests of what is compressed
  const trees = layers.map(({ digest }) => plainOf(registry.blobs.get(digest)!))
  const diffIds = trees.map(sha)
  if (diffIds.join() !== rootfs.diff_ids.join()) {
    return differ("the config has the layers' diff IDs", `${rootfs.diff_ids.join()}, and they are ${diffIds.join()}`)
  }
  return trees.some(tree => tree.includes(word))
    ? null
    : differ('the file that was imported is in a layer', 'it is not')
}

export const blackBox: BlackBox = {
  chapter: 'ch5',
  title: 'images from a registry, and to one',
  needs: ['root', 'tar'],
  checks: [
    {
      id: 'pulls-by-tag',
      title: 'pull NAME fetches what the tag stands for, and run NAME COMMAND runs in it',
      points: 1,
      judge: tool =>
        boxRegistry({}, async registry => {
          const [name, word] = [nameIn(tool), tool.room.nonce()]
          registry.add(name, [base(tool), wordLayer(tool, word)])
          return pulls(tool, `${registry.host}/${name}`, word)
        }),
    },
    {
      id: 'pulls-by-digest',
      title: 'NAME@sha256:… is that image, wherever its tag has gone',
      points: 1,
      judge: tool =>
        boxRegistry({}, async registry => {
          const [name, word, low] = [nameIn(tool), tool.room.nonce(), base(tool)]
          const digest = registry.add(name, [low, wordLayer(tool, word)])
          registry.add(name, [low, wordLayer(tool, tool.room.nonce())])
          return pulls(tool, `${registry.host}/${name.split(':')[0]}@${digest}`, word)
        }),
    },
    {
      id: 'fetches-what-is-missing',
      title: 'a layer that is here is not asked for again',
      points: 1,
      judge: tool =>
        boxRegistry({}, async registry => {
          const low = base(tool)
          const [one, other] = [nameIn(tool), nameIn(tool)]
          const words = [tool.room.nonce(), tool.room.nonce()] as const
          registry.add(one, [low, wordLayer(tool, words[0])])
          registry.add(other, [low, wordLayer(tool, words[1])])
          const failure =
            (await pulls(tool, `${registry.host}/${one}`, words[0])) ??
            (await pulls(tool, `${registry.host}/${other}`, words[1]))
          if (failure !== null) return failure
          const times = asked(registry, low).length
          return times === 1 ? null : differ('the layer below both images is asked for once', `${times} times`)
        }),
    },
    {
      id: 'refuses-a-layer',
      title: 'a layer that is not what the manifest says is refused',
      points: 1,
      judge: tool => refuses(tool, 'a layer'),
    },
    {
      id: 'refuses-a-manifest',
      title: 'a manifest that is not what its digest says is refused',
      points: 1,
      judge: tool => refuses(tool, 'the manifest'),
    },
    {
      id: 'pull-goes-on',
      title: 'a pull whose connection was cut goes on where it was',
      points: 1,
      judge: tool =>
        boxRegistry({ cuts: 1 }, async registry => {
          const [name, word, low] = [nameIn(tool), tool.room.nonce(), base(tool)]
          registry.add(name, [low, wordLayer(tool, word)])
          const failure = await pulls(tool, `${registry.host}/${name}`, word, 3)
          if (failure !== null) return failure
          const [, second] = asked(registry, low)
          const first = Number(/^bytes=(\d+)-/.exec(second?.range ?? '')?.[1] ?? 0)
          return first > 0
            ? null
            : differ('the second request for the layer is for its rest: Range: bytes=N-', second?.range ?? 'no Range')
        }),
    },
    {
      id: 'tokens',
      title: 'a 401 that names a token server is answered with a token from there',
      points: 1,
      judge: tool =>
        boxRegistry({ tokens: true }, async registry => {
          const [name, word] = [nameIn(tool), tool.room.nonce()]
          registry.add(name, [base(tool), wordLayer(tool, word)])
          return pulls(tool, `${registry.host}/${name}`, word)
        }),
    },
    {
      id: 'token-stays',
      title: 'a redirect to another host is followed, without the token',
      points: 1,
      judge: tool =>
        boxRegistry({}, store =>
          boxRegistry({ tokens: true, blobsAt: store.host.replace('127.0.0.1', 'localhost') }, async registry => {
            const [name, word] = [nameIn(tool), tool.room.nonce()]
            registry.add(name, [base(tool), wordLayer(tool, word)])
            for (const [digest, bytes] of registry.blobs) store.blobs.set(digest, bytes)
            const failure = await pulls(tool, `${registry.host}/${name}`, word)
            if (failure !== null) return failure
            return store.asked.every(({ authorization }) => authorization === undefined)
              ? null
              : differ('no Authorization is sent to the other host', 'it is')
          }),
        ),
    },
    {
      id: 'pushes',
      title: 'push NAME sends blobs, then the manifest; and what is there is not sent again',
      points: 1,
      judge: tool =>
        boxRegistry({}, async registry => {
          const word = tool.room.nonce()
          const name = await imported(tool, registry.host, { '/word': word })
          if (typeof name !== 'string') return name
          const pushed = await call(tool, 'push', name)
          if (pushed.code !== 0) return unless(false, 'push NAME ends with 0', pushed)
          const wrong = wrongIn(registry, name, word)
          if (wrong !== null) return wrong
          const before = sentTo(registry)
          const again = await call(tool, 'push', name)
          if (again.code !== 0) return unless(false, 'push NAME of what is there ends with 0', again)
          const more = sentTo(registry) - before
          return more < 10_000 ? null : differ('the second push sends no layer', `it sends ${more} bytes`)
        }),
    },
    {
      id: 'push-survives-a-cut',
      title: 'a push whose connection was cut arrives all the same',
      points: 1,
      judge: tool =>
        boxRegistry({ cuts: 1 }, async registry => {
          const word = tool.room.nonce()
          const name = await imported(tool, registry.host, { '/word': word })
          if (typeof name !== 'string') return name
          let pushed = await call(tool, 'push', name)
          for (let i = 0; i < 2 && pushed.code !== 0; i++) pushed = await call(tool, 'push', name)
          if (pushed.code !== 0) return unless(false, 'push NAME ends with 0, at the third time at the latest', pushed)
          return wrongIn(registry, name, word)
        }),
    },
  ],
}
