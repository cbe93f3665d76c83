/** What a tool of ch4 does, in any language: images, and containers that leave them as they are. */

import * as fs from 'node:fs'
import type { BlackBox, Tool } from '#labs/runner/grade/black-box'
import type { Failure } from '#labs/runner/grade/grader'
import type { Ran } from '#labs/runner/room/room'
import { imageOf, inOrder, listed, listing, treesOf, unequal } from '../ch4/whiteouts-effects.js'
import { archive, savedImage, sha256Of } from '../support/room-images.js'
import { unless } from './view.js'

type Files = Readonly<Record<string, string>>

/** @returns its name, or how the import ended */
function imported(tool: Tool, files: Files = {}): string | Failure {
  const name = `box-${tool.room.nonce()}`
  const ran = tool.call('import', archive(tool.room, tool.room.rootfs(files)), name)
  return unless(ran.code === 0, 'import FILE NAME ends with 0', ran) ?? name
}
const run = (tool: Tool, name: string, script: string): Ran => tool.call('run', name, '/bin/sh', '-c', script)

function marks(tool: Tool, order: 'first' | 'last'): Failure | null {
  const trees = treesOf(tool.room)
  const name = `marks-${tool.room.nonce()}`
  const [one, other] = order === 'first' ? [trees.marks, trees.files] : [trees.files, trees.marks]
  const loaded = tool.call('load', '-i', imageOf(tool.room, name, trees, inOrder(one, other)))
  if (loaded.code !== 0) return unless(false, 'load -i FILE ends with 0', loaded)
  const ran = run(tool, name, listing)
  if (ran.code !== 0) return unless(false, 'the image that was loaded runs', ran)
  const wrong = unequal(trees, trees.left, listed(ran.stdout))
  return wrong && { expected: wrong[0], found: wrong[1] }
}

export const blackBox: BlackBox = {
  chapter: 'ch4',
  title: 'images, and containers that leave them as they are',
  needs: ['root', 'tar'],
  checks: [
    {
      id: 'runs-an-image',
      title: 'import FILE NAME makes an image of an archive, and run NAME COMMAND runs in it',
      points: 2,
      judge(tool) {
        const word = tool.room.nonce()
        const name = imported(tool, { '/word': word })
        if (typeof name !== 'string') return name
        const ran = run(tool, name, 'cat /word')
        return unless(ran.code === 0 && ran.stdout === word, 'a file of the archive can be read inside', ran)
      },
    },
    {
      id: 'passes-the-exit-code-on',
      title: "run ends with the program's exit code",
      points: 1,
      judge(tool) {
        const name = imported(tool)
        if (typeof name !== 'string') return name
        const ran = run(tool, name, 'exit 42')
        return unless(ran.code === 42, 'exit 42', ran)
      },
    },
    {
      id: 'image-stays-as-it-is',
      title: 'what a container writes and removes is its own',
      points: 2,
      judge(tool) {
        const word = tool.room.nonce()
        const name = imported(tool, { '/word': word })
        if (typeof name !== 'string') return name
        const first = run(tool, name, 'rm /word && echo new > /new && test ! -e /word && cat /new')
        if (first.stdout !== 'new\n') return unless(false, 'a container can write to its root', first)
        const next = run(tool, name, 'test ! -e /new && cat /word')
        return unless(next.code === 0 && next.stdout === word, 'the next one finds the image as it was', next)
      },
    },
    {
      id: 'whiteouts',
      title: 'load -i FILE takes two layers of docker save in, and the marks of the upper one remove what is below',
      points: 2,
      judge: tool => marks(tool, 'last'),
    },
    {
      id: 'order-means-nothing',
      title: 'wherever the marks stand in the archive, what the layer brings itself stays',
      points: 1,
      judge: tool => marks(tool, 'first'),
    },
    {
      id: 'save-and-load',
      title: 'save -o FILE NAME writes an archive of whole layers, which load -i FILE takes',
      points: 1,
      judge(tool) {
        const word = tool.room.nonce()
        const name = imported(tool, { '/word': word })
        if (typeof name !== 'string') return name
        const file = `${tool.room.scratch}/${tool.room.nonce()}.tar`
        const saved = tool.call('save', '-o', file, name)
        if (saved.code !== 0 || !fs.existsSync(file)) return unless(false, 'save -o FILE NAME writes FILE', saved)
        const wrong = wrongIn(tool, file)
        if (wrong !== null) return { expected: 'each layer has the diff ID that the config says', found: wrong }
        const loaded = tool.call('load', '-i', file)
        if (loaded.code !== 0) return unless(false, 'load -i FILE of what was saved ends with 0', loaded)
        const ran = run(tool, name, 'cat /word')
        return unless(ran.stdout === word, 'the image runs', ran)
      },
    },
    {
      id: 'refuses-what-is-wrong',
      title: 'a layer that is not what the config says of it is refused',
      points: 1,
      judge(tool) {
        const name = `wrong-${tool.room.nonce()}`
        const layer = archive(tool.room, tool.room.rootfs({ '/word': tool.room.nonce() }))
        const loaded = tool.call('load', '-i', savedImage(tool.room, name, [layer], [`sha256:${'0'.repeat(64)}`]))
        if (loaded.code === 0) return unless(false, 'load ends with an error', loaded)
        const ran = run(tool, name, 'true')
        return unless(ran.code !== 0, 'there is no such image afterwards', ran)
      },
    },
  ],
}

/** What is wrong in an archive of docker save, null when nothing. */
function wrongIn(tool: Tool, file: string): string | null {
  const directory = `${tool.room.scratch}/${tool.room.nonce()}`
  fs.mkdirSync(directory)
  const ran = tool.room.start(['tar', '-C', directory, '-xf', file])
  if (ran.code !== 0) return `tar does not read it: ${ran.stderr.trim()}`
  if (!fs.existsSync(`${directory}/manifest.json`)) return 'there is no manifest.json in it'
  const json = (name: string): unknown => JSON.parse(fs.readFileSync(`${directory}/${name}`, 'utf8'))
  const [image] = json('manifest.json') as [{ readonly Config: string; readonly Layers: readonly string[] }]
  const { rootfs } = json(image.Config) as { readonly rootfs: { readonly diff_ids: readonly string[] } }
  if (rootfs.diff_ids.length !== image.Layers.length)
    return `${image.Layers.length} layers, ${rootfs.diff_ids.length} diff IDs`
  for (const [i, layer] of image.Layers.entries()) {
    const plain = `${directory}/${i}.plain`
    tool.room.start([
      'sh',
      '-c',
      'gzip -dc < "$1" > "$2" 2>/dev/null || cp "$1" "$2"',
      'sh',
      `${directory}/${layer}`,
      plain,
    ])
    if (sha256Of(plain) !== rootfs.diff_ids[i]) return `layer ${i} has the diff ID ${sha256Of(plain).slice(0, 19)}…`
  }
  return null
}
