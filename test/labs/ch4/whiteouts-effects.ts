/** What is left of a tree when a layer with the marks of ch4/whiteouts is unpacked onto it. */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import * as path from 'node:path'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { said } from '../black-box/view.js'
import { differ } from '../support/answers.js'
import { archive, runImage, well } from '../support/room-images.js'

/** One file, whose name nobody can guess, in each place that matters. */
interface Trees {
  readonly below: readonly string[]
  /** In the order of the archive, if the marks come first. */
  readonly marks: readonly string[]
  readonly files: readonly string[]
  readonly left: readonly string[]
}
function treesOf(room: Room): Trees {
  const [x, y, z] = [room.nonce(), room.nonce(), room.nonce()]
  const below = [`${x}`, `${x}.d`, `dir/${y}`, `dir/sub/${x}`, `all/${x}`, `all/sub/${y}`, `all/${z}`, `again/${y}`]
  return {
    below,
    marks: [`.wh.${x}`, 'dir/.wh.sub', 'all/.wh..wh..opq', '.wh.again', `.wh..wh.${y}`],
    files: [`all/new-${x}`, `all/${z}`, `again/new-${y}`, `dir/new-${z}`],
    left: [`${x}.d`, `dir/${y}`, `all/new-${x}`, `all/${z}`, `again/new-${y}`, `dir/new-${z}`].sort(),
  }
}

function write(directory: string, names: readonly string[]): void {
  for (const name of names) {
    fs.mkdirSync(path.dirname(`${directory}/${name}`), { recursive: true })
    fs.writeFileSync(`${directory}/${name}`, '')
  }
}

const sha256 = (file: string): string => createHash('sha256').update(fs.readFileSync(file)).digest('hex')

/** Loads an image of two layers, in the form of docker save. @param names of the upper layer, in their order */
function load(room: Room, name: string, { below, marks, files }: Trees, names: readonly string[]): void {
  const [lower, upper, whole] = [room.rootfs(), `${room.scratch}/${room.nonce()}`, `${room.scratch}/${room.nonce()}`]
  write(`${lower}/tree`, below)
  write(`${upper}/tree`, [...marks, ...files])
  fs.mkdirSync(whole)
  const layers = [archive(room, lower), archive(room, upper, names)]
  for (const [i, layer] of layers.entries()) fs.renameSync(layer, `${whole}/${i}.tar`)
  const diffIds = ['0.tar', '1.tar'].map(file => `sha256:${sha256(`${whole}/${file}`)}`)
  const config = {
    architecture: { x64: 'amd64' }[process.arch as string] ?? process.arch,
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds },
  }
  fs.writeFileSync(`${whole}/config.json`, JSON.stringify(config))
  const manifest = [{ Config: 'config.json', RepoTags: [`${name}:latest`], Layers: ['0.tar', '1.tar'] }]
  fs.writeFileSync(`${whole}/manifest.json`, JSON.stringify(manifest))
  well(room.run(['ch4', 'load', '--quiet', '-i', archive(room, whole)]), 'ch4 load')
}

function inImage(room: Room, name: string): string[] {
  const list =
    'for d in . all all/sub again dir dir/sub; do ls -a1 /tree/$d 2>/dev/null | while read n; do test -d /tree/$d/$n || echo $d/$n; done; done'
  const ran = well(runImage(room, name, list), 'ch4 run')
  return ran.stdout
    .trim()
    .split('\n')
    .map(line => line.replace(/^\.\//, ''))
    .sort()
}

function unequal(trees: Trees, right: readonly string[], found: readonly string[]): readonly [string, string] | null {
  const lost = right.find(name => !found.includes(name))
  const more = found.find(name => !right.includes(name))
  const kind = (name: string): string =>
    trees.marks.includes(name) ? 'a mark' : trees.files.includes(name) ? "the layer's own" : 'from below'
  if (lost !== undefined) return [`${lost} is there: ${kind(lost)}`, 'it is not']
  return more === undefined ? null : [`${more} is gone: ${kind(more)}`, 'it is there']
}

/** Names of the upper layer with their directories. */
const inOrder = (first: readonly string[], then: readonly string[]): string[] => [
  'tree',
  'tree/dir',
  'tree/all',
  ...[...first, ...then].map(name => `tree/${name}`),
]

export function removesWhatIsNamed(room: Room): Failure | null {
  for (const order of ['first', 'last'] as const) {
    const trees = treesOf(room)
    const { marks, files, left } = trees
    const name = `marks-${order}-${room.nonce()}`
    load(room, name, trees, order === 'first' ? inOrder(marks, files) : inOrder(files, marks))
    const wrong = unequal(trees, left, inImage(room, name))
    if (wrong !== null) return differ(wrong[0], `with the marks ${order} in the archive: ${wrong[1]}`)
  }
  return null
}

export function showsWhatTheKernelShows(room: Room): Failure | null {
  const trees = treesOf(room)
  const { marks, files, below } = trees
  const at = `${room.scratch}/${room.nonce()}`
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map(name => `${at}/${name}`) as string[]
  for (const directory of [lower, upper, work, merged]) fs.mkdirSync(directory!, { recursive: true })
  write(lower!, below)
  write(upper!, files)
  // the marks again, as the kernel has them
  for (const name of marks.filter(mark => !mark.startsWith('.wh..wh.'))) {
    const opaque = name.endsWith('/.wh..wh..opq') ? path.dirname(name) : name === '.wh.again' ? 'again' : null
    const words =
      opaque === null
        ? ['mknod', `${upper}/${name.replace('.wh.', '')}`, 'c', '0', '0']
        : ['setfattr', '-n', 'trusted.overlay.opaque', '-v', 'y', `${upper}/${opaque}`]
    well(room.start(words), words[0]!)
  }
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
  const ran = room.start(['mount', '-t', 'overlay', 'overlay', '-o', options, merged!])
  if (ran.code !== 0) return differ('an overlay can be mounted', said(ran))
  const list = room.start(['find', merged!, '-type', 'f'])
  const right = list.stdout
    .trim()
    .split('\n')
    .map(file => file.slice(merged!.length + 1))
  room.start(['umount', merged!])
  const name = `as-kernel-${room.nonce()}`
  load(room, name, trees, inOrder(marks, files))
  const wrong = unequal(trees, right, inImage(room, name))
  return wrong && differ(`overlayfs: ${wrong[0]}`, `in the image: ${wrong[1]}`)
}
