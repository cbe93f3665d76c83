/** What the kernel merges of the stack of ch4/overlay-options. */

import * as fs from 'node:fs'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { said } from '../black-box/view.js'
import { differ } from '../support/answers.js'
import { build, contextOf, importImage, runImage, snapshotsRoot, well } from '../support/room-images.js'

/** A base and two layers on it: each has /all, and one file that is its own. */
function stackUp(room: Room): { readonly name: string; readonly words: readonly [string, string, string] } {
  const words = [room.nonce(), room.nonce(), room.nonce()] as const
  const [base, name] = [`base-${room.nonce()}`, `top-${room.nonce()}`]
  importImage(room, base, { '/all': words[0], '/lowest': words[0] })
  const Dockerfile = `FROM ${base}\nCOPY one/ /\nCOPY two/ /\n`
  build(
    room,
    name,
    contextOf(room, {
      Dockerfile,
      'one/all': words[1],
      'one/middle': words[1],
      'two/all': words[2],
      'two/topmost': words[2],
    }),
  )
  return { name, words }
}

export function layersInOrder(room: Room): Failure | null {
  const { name, words } = stackUp(room)
  const ran = runImage(
    room,
    name,
    'for f in all lowest middle topmost; do cat /$f; echo; done; grep " / / " /proc/self/mountinfo',
  )
  const [all, lowest, middle, topmost, mount = ''] = ran.stdout.split('\n')
  if (ran.code !== 0) return differ('a container of three layers runs', said(ran))
  if (!mount.includes(' - overlay ')) return differ("the container's root is an overlay", mount)
  if ([lowest, middle, topmost].join() !== words.join()) return differ('a file of each layer is there', said(ran))
  return all === words[2]
    ? null
    : differ('/all is the topmost layer’s', `it is that of layer ${words.indexOf(all!)}, counted from 0 at the lowest`)
}

/** Every file below the committed snapshots, with what is in it. */
function layers(): string {
  const root = snapshotsRoot()
  return fs
    .readdirSync(root)
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => ['all', 'lowest', 'middle', 'topmost', 'etc/passwd'].map(file => `${root}/${name}/fs/${file}`))
    .flatMap(file => (fs.existsSync(file) ? [`${file} ${fs.readFileSync(file, 'latin1')}`] : []))
    .join('\n')
}

export function layersStayAsTheyAre(room: Room): Failure | null {
  const { name, words } = stackUp(room)
  well(runImage(room, name, 'true'), 'ch4 run') // that is when they are unpacked
  const before = layers()
  const ran = runImage(room, name, `echo other > /all; rm /lowest; echo new > /new; test ! -e /lowest && cat /all /new`)
  if (ran.stdout !== 'other\nnew\n') return differ('a container writes to its root, and reads that', said(ran))
  if (layers() !== before) return differ('the layers are as they were', 'a layer has changed')
  const next = runImage(room, name, 'cat /all /lowest; test ! -e /new')
  return next.code === 0 && next.stdout === `${words[2]}${words[0]}`
    ? null
    : differ('the next container finds the image as it was', said(next))
}
