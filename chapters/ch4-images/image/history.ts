/** `ch4 history`: how an image was made, its last step first. */

import type { Flags } from '#core/cli/flags'
import { humanSize } from '#core/cli/human-size'
import { out, printJson } from '#core/cli/print'
import { fail } from '#core/errors'
import { shortOf } from '#core/spec/digest'
import { tableOf } from '../../ch3-cgroups/index.js'
import { type Images, openImages } from '../images.js'
import { usageOrSize } from './entries.js'
import { findImage } from './find.js'
import { agoOf } from './human.js'
import { parsePlatform } from './platform.js'
import type { Image } from './read.js'

export interface Step {
  /** The image's ID at its last step; `<missing>`: nobody kept what was there before. */
  readonly id: string
  readonly created: string | null
  readonly createdBy: string
  /** Bytes. */
  readonly size: number
  readonly comment: string
}

export function history(flags: Flags, [name, ...more]: readonly string[]): number {
  if (name === undefined || more.length > 0) {
    fail('InvalidArgument', { what: 'ch4 history', why: 'needs one image', hint: 'mini-docker ch4 history IMAGE' })
  }
  const images = openImages()
  const platform = flags.one('platform')
  const image = findImage(images, name, platform === undefined ? undefined : parsePlatform(platform))
  const steps = stepsOf(images, image)
  const whole = flags.on('no-trunc')
  const idOf = ({ id }: Step): string => (whole || id === missing ? id : shortOf(id))
  if (flags.on('json')) {
    printJson({ version: 1, steps })
  } else if (flags.on('quiet')) {
    for (const step of steps) out(`${idOf(step)}\n`)
  } else {
    const now = Date.now()
    const rows = steps.map(step => [
      idOf(step),
      agoOf(step.created ?? undefined, now),
      whole ? step.createdBy : cut(step.createdBy),
      humanSize(step.size),
      step.comment,
    ])
    out(`${tableOf(['IMAGE', 'CREATED', 'CREATED BY', 'SIZE', 'COMMENT'], rows).join('\n')}\n`)
  }
  return 0
}

const missing = '<missing>'

/** A config without a history, or with a shorter one, has steps all the same: its layers. */
export function stepsOf(images: Images, { config, id, layers }: Image): Step[] {
  const told = config.history ?? []
  const steps: Omit<Step, 'id'>[] = []
  let layer = 0
  for (const { created, created_by, comment, empty_layer } of told) {
    const own = empty_layer === true ? undefined : layers[layer++]
    steps.push({
      created: created ?? null,
      createdBy: created_by ?? '',
      size: own === undefined ? 0 : usageOrSize(images, own),
      comment: comment ?? '',
    })
  }
  for (const own of layers.slice(layer)) {
    steps.push({ created: null, createdBy: '', size: usageOrSize(images, own), comment: '' })
  }
  return steps.reverse().map((step, i) => ({ id: i === 0 ? id : missing, ...step }))
}

const WIDTH = 45

const cut = (text: string): string => {
  const line = text.replaceAll('\t', ' ')
  return line.length <= WIDTH ? line : `${line.slice(0, WIDTH - 1)}…`
}
