/** `ch4 tag`: another name for an image. */

import { fail } from '#core/errors'
import { openImages } from '../images.js'
import { parseName } from '../store/image-name.js'
import { findTarget } from './find.js'

export function tag([source, name, ...more]: readonly string[]): number {
  if (source === undefined || name === undefined || more.length > 0) {
    fail('InvalidArgument', {
      what: 'ch4 tag',
      why: 'needs an image and a name',
      hint: 'mini-docker ch4 tag SOURCE NAME[:TAG]',
    })
  }
  const given = parseName(name)
  const images = openImages()
  // found and named in one: between the two it could be removed
  images.store.locked(() => images.names.set(given, findTarget(images, source).target))
  return 0
}
