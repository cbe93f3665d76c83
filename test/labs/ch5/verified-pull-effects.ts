/** What is in the store after a pull with ch5/verified-pull, from registries that send as they like. */

import * as fs from 'node:fs'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { said } from '../black-box/view.js'
import { differ } from '../support/answers.js'
import { type PlayedImage, playing, rest } from '../support/play-image.js'
import { ended } from '../support/room-registry.js'

const kept = ({ digest }: PlayedImage): Buffer | null => {
  const path = `${process.env.MINI_DOCKER_ROOT}/store/blobs/sha256/${digest.slice('sha256:'.length)}`
  return fs.existsSync(path) ? fs.readFileSync(path) : null
}
async function pulled(room: Room, image: PlayedImage): Promise<Failure | null> {
  const ran = await ended(room.begin(['ch5', 'pull', '--quiet', image.name]))
  if (ran.code !== 0) return differ('the pull ends well', said(ran))
  return kept(image)?.equals(image.layer) ? null : differ('the layer is in the store, byte for byte', 'it is not')
}

export const cutOff = (room: Room): Promise<Failure | null> =>
  playing(
    room,
    (layer, first, request) => ({ ...rest(layer, first), ...(request === 0 ? { cutAt: 70_000 } : {}) }),
    async image => {
      const failure = await pulled(room, image)
      if (failure !== null) return failure
      const second = /^bytes=(\d+)-/.exec(image.ranges[1] ?? '')?.[1]
      if (second === undefined)
        return differ('the second request is for the rest', 'it is for all of it, or never comes')
      return image.ranges.length === 2 ? null : differ('two requests for the layer', `${image.ranges.length}`)
    },
  )

export const goesBackToItsBeginning = (room: Room): Promise<Failure | null> =>
  playing(
    room,
    (layer, _, request) => ({ status: 200, body: layer, ...(request === 0 ? { cutAt: 70_000 } : {}) }),
    image => pulled(room, image),
  )

export const refusesAnother = (room: Room): Promise<Failure | null> =>
  playing(
    room,
    (layer, first, request) =>
      request === 0
        ? { status: 200, body: layer, cutAt: 70_000 }
        : {
            status: 206,
            headers: { 'content-range': `bytes 0-${layer.length - first - 1}/${layer.length}` },
            body: layer.subarray(0, layer.length - first),
          },
    async image => {
      const ran = await ended(room.begin(['ch5', 'pull', '--quiet', image.name]))
      if (ran.code === 0) return differ('the pull ends with an error', said(ran))
      if (kept(image) !== null) return differ('nothing is in the store under its digest', 'there is something')
      return image.ranges.length === 2
        ? null
        : differ('the answer is refused at once: two requests for the layer', `${image.ranges.length}`)
    },
  )
