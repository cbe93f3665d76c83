/** What is on the disk after the steps of ch4/snapshot-commit, and what the kernel was asked for. */

import * as fs from 'node:fs'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { said } from '../black-box/view.js'
import { differ } from '../support/answers.js'
import {
  archive,
  importImage,
  recordNames,
  recordsThere,
  runImage,
  snapshotsRoot,
  well,
} from '../support/room-images.js'

export function imageIsThere(room: Room): Failure | null {
  const [name, word] = [`image-${room.nonce()}`, room.nonce()]
  importImage(room, name, { '/word': word })
  const active = recordsThere().find(({ kind }) => kind !== 'committed')
  if (active !== undefined) return differ('committed records alone', `'${active.key}' is ${active.kind}`)
  const odd = recordNames().find(file => !/^sha256=[0-9a-f]{64}\.json$/.test(file))
  if (odd !== undefined) return differ('a file for each record, and no other', odd)
  const ran = runImage(room, name, 'cat /word')
  return ran.stdout === word ? null : differ('the image runs', said(ran))
}

export function kernelIsAskedInOrder(room: Room): Failure | null {
  const log = `${room.scratch}/${room.nonce()}.strace`
  const calls = 'trace=fsync,fdatasync,syncfs,rename,renameat,renameat2,unlink,unlinkat'
  const file = archive(room, room.rootfs({ '/word': room.nonce() }))
  const name = `traced-${room.nonce()}`
  const strace = ['strace', '-y', '-e', calls, '-o', log]
  well(room.through(strace, ['ch4', 'import', '--quiet', file, name]), 'ch4 import under strace')
  const lines = fs.readFileSync(log, 'utf8').split('\n')
  const records = `${snapshotsRoot()}/records`
  const find = (what: RegExp, after = -1): number => lines.findIndex((line, i) => i > after && what.test(line))
  const renamed = lines.findIndex(line => line.startsWith('rename') && line.includes(`"${records}/sha256=`))
  if (renamed < 0) return differ('rename(2) to the record', 'there was none')
  const from = /"([^"]+)"/.exec(lines[renamed]!)![1]!
  const synced = lines.findIndex(line => /^f(data)?sync\(/.test(line) && line.includes(`<${from}>`))
  if (synced < 0 || synced > renamed) return differ(`fsync(2) of ${from} before its rename(2)`, 'it was renamed first')
  const tree = find(/^(fsync|syncfs)\(.*\/snapshots\/[a-z]+\/\d+/)
  if (tree < 0 || tree > renamed)
    return differ("the snapshot's files are synced before its record is there", 'they were not')
  const names = lines.findIndex((line, i) => i > renamed && line.startsWith('fsync(') && line.includes(`<${records}>`))
  if (names < 0) return differ('fsync(2) of the directory records after the rename(2)', 'there was none')
  const old = find(/^unlink.*\/records\/unpack-/, names)
  return old >= 0 ? null : differ('the old record is unlinked last', 'it was not, or before')
}
