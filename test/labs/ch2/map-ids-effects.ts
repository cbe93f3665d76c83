/** What the kernel shows of the id maps of ch2/map-ids. */

import * as fs from 'node:fs'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { parseFacts, parseStats } from '#support/inside'
import { said } from '../black-box/view.js'
import { whileItRuns } from '../support/while-it-runs.js'

type Range = readonly [inside: number, outside: number, size: number]
interface Maps {
  readonly uid: readonly Range[]
  readonly gid: readonly Range[]
}

const asMaps = (text: string): string =>
  text
    .trim()
    .split('\n')
    .map(line => line.trim().replace(/\s+/g, ' '))
    .sort() // the order of the ranges says nothing
    .join(', ')
const written = (ranges: readonly Range[]): string => ranges.map(range => range.join(' ')).join(', ')

/** Several ranges at odd places where the room has such ids; an ordinary user's room has one, and it can give away only that. */
function possible(room: Room): Maps {
  const covers = (file: string): boolean =>
    room
      .read(`/proc/self/${file}`)
      .trim()
      .split('\n')
      .map(line => line.trim().split(/\s+/).map(Number))
      .some(([first, , size]) => first! === 0 && size! > 400_020)
  const one: Range = [0, 0, 1]
  if (!covers('uid_map') || !covers('gid_map')) return { uid: [one], gid: [one] }
  return {
    uid: [
      [0, 200_000, 10],
      [1000, 300_000, 1],
    ],
    gid: [[0, 400_000, 20]],
  }
}
const flagsFor = ({ uid, gid }: Maps): string[] => [
  ...uid.flatMap(range => ['--uidmap', range.join(':')]),
  ...gid.flatMap(range => ['--gidmap', range.join(':')]),
]

export async function kernelShowsTheMap(room: Room): Promise<Failure | null> {
  const maps = possible(room)
  const flags = flagsFor(maps)
  const wanted = `${written(maps.uid)} and ${written(maps.gid)}`
  const outside = await whileItRuns(
    room,
    flags,
    ({ pid }) => `${asMaps(room.read(`/proc/${pid}/uid_map`))} and ${asMaps(room.read(`/proc/${pid}/gid_map`))}`,
  )
  if (outside !== wanted) return { expected: `the host sees ${wanted}`, found: outside }
  const ran = room.run([
    'ch2',
    'run',
    ...flags,
    '--rootfs',
    room.rootfs(),
    '--',
    'sh',
    '-c',
    'cat /proc/self/?id_map; inside facts',
  ])
  const lines = ran.stdout.trim().split('\n')
  const inside = `${asMaps(lines.slice(maps.gid.length, -1).join('\n'))} and ${asMaps(lines.slice(0, maps.gid.length).join('\n'))}`
  if (ran.code !== 0 || inside !== wanted) return { expected: `inside is seen ${wanted}`, found: said(ran) }
  const { uid, euid, gid, egid, groups } = parseFacts(lines.at(-1)!)
  const dropped = groups.length === 0 || room.read('/proc/self/setgroups').trim() === 'deny'
  return [uid, euid, gid, egid].every(id => id === 0) && dropped
    ? null
    : { expected: 'uid 0, gid 0, no other group', found: `uid ${uid}, gid ${gid}, groups ${groups.join(' ')}` }
}

export function filesBelongToThem(room: Room): Failure | null {
  const maps = possible(room)
  const shared = `${room.scratch}/${room.nonce()}`
  fs.mkdirSync(shared)
  fs.chmodSync(shared, 0o777)
  const volume = ['--rootfs', room.rootfs(), '-v', `${shared}:/v`]
  // the mount of /dev is made by whom the process was at that moment
  const script = 'touch /v/made; inside stat /v/made /dev'
  const ran = room.run(['ch2', 'run', ...flagsFor(maps), ...volume, '--', 'sh', '-c', script])
  if (ran.code !== 0) return { expected: 'root of the container can write to the volume', found: said(ran) }
  const stats = parseStats(ran.stdout)
  for (const path of ['/v/made', '/dev']) {
    const { uid, gid } = stats[path]!
    if (uid !== 0 || gid !== 0) return { expected: `inside, ${path} is root's`, found: `it belongs to ${uid}:${gid}` }
  }
  const { uid, gid } = fs.statSync(`${shared}/made`)
  const [wantedUid, wantedGid] = [maps.uid[0]![1], maps.gid[0]![1]]
  return uid === wantedUid && gid === wantedGid
    ? null
    : { expected: `outside, the file belongs to ${wantedUid}:${wantedGid}`, found: `to ${uid}:${gid}` }
}
