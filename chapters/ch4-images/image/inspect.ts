/** `ch4 inspect`: all that is known of an image, in docker's fields. */

import type { Flags } from '#core/cli/flags'
import { printJson } from '#core/cli/print'
import { fail } from '#core/errors'
import { type Images, openImages } from '../images.js'
import { splitName } from '../store/image-name.js'
import { nameOf } from '../store/names.js'
import { sizeOf } from './entries.js'
import { findTarget } from './find.js'
import { parsePlatform } from './platform.js'
import { type Image, readImage } from './read.js'

export function inspect(flags: Flags, names: readonly string[]): number {
  if (names.length === 0) {
    fail('InvalidArgument', { what: 'ch4 inspect', why: 'needs an image', hint: 'mini-docker ch4 inspect NAME…' })
  }
  const images = openImages()
  const asked = flags.one('platform')
  const platform = asked === undefined ? images.platform : parsePlatform(asked)
  printJson(
    names.map(name => {
      const { target } = findTarget(images, name)
      return inspected(images, readImage(images.store, target, platform), target.digest)
    }),
  )
  return 0
}

/** @param digest of the entry that it was found by: a manifest or an index */
export function inspected(images: Images, image: Image, digest: string): object {
  const { config, id, layers, descriptor } = image
  const names = images.names.list().flatMap(entry => (entry.digest === digest ? (nameOf(entry) ?? []) : []))
  const top = layers.at(-1)?.chainId
  return {
    Id: id,
    RepoTags: names,
    RepoDigests: [...new Set(names.map(name => `${splitName(name).repository}@${digest}`))],
    Parent: '',
    Comment: config.history?.at(-1)?.comment ?? '',
    Created: config.created ?? null,
    DockerVersion: '',
    Author: config.author ?? '',
    Config: config.config ?? {},
    Architecture: config.architecture,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Os: config.os,
    Size: sizeOf(images, image),
    GraphDriver: {
      Name: images.snapshotter.name,
      Data: { Snapshot: top !== undefined && images.snapshotter.stat(top) !== null ? top : null },
    },
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Descriptor: descriptor,
  }
}
