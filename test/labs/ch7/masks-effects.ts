/** What is seen from inside a container with ch7/masks in it. */

import * as fs from 'node:fs'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { differ } from '../support/answers.js'
import { RoomRuntime } from '../support/room-runtime.js'

/** A file and a directory that are covered, a directory that is read-only, and one beside it whose name begins alike. */
export async function coveredInside(room: Room): Promise<Failure | null> {
  const runtime = new RoomRuntime(room)
  const [word, name, free] = [room.nonce(), room.nonce(), room.nonce()]
  const rootfs = room.rootfs({ [`/${name}.file`]: word })
  for (const directory of ['vault', 'fixed', 'fixed-not']) {
    fs.mkdirSync(`${rootfs}/${name}.${directory}`)
    fs.writeFileSync(`${rootfs}/${name}.${directory}/word`, word)
  }
  const script = [
    `cat /${name}.file; ls /${name}.vault; echo seen`,
    `for d in fixed fixed-not; do cat /${name}.$d/word; (echo ${free} > /${name}.$d/word) 2>/dev/null || echo " $d is read-only"; done`,
  ].join('; ')
  const bundle = runtime.bundle(
    ['sh', '-c', script],
    spec => ({
      ...spec,
      linux: {
        ...spec.linux,
        maskedPaths: [`/${name}.file`, `/proc/${name}`, `/${name}.vault`],
        readonlyPaths: [`/${name}.fixed`, `/sys/${name}`],
      },
    }),
    rootfs,
  )
  const [seen = '', written = ''] = (await runtime.output(bundle)).split('seen\n')
  if (seen !== '') return differ('a covered file is empty, and so is a covered directory', `in them: ${seen.trim()}`)
  const right = `${word} fixed is read-only\n${word}`
  if (written !== right) {
    return differ(
      'both directories can be read, and one of them cannot be written to',
      written.trim().replaceAll(word, 'the word') || 'neither can be read',
    )
  }
  const [fixed, beside] = ['fixed', 'fixed-not'].map(one => fs.readFileSync(`${rootfs}/${name}.${one}/word`, 'utf8'))
  return fixed === word && beside === `${free}\n`
    ? null
    : differ('on the host, what is read-only is as it was, and the other has been written to', `${fixed}, ${beside}`)
}
