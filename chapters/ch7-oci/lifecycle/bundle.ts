/** A bundle: a directory with config.json and, where that says, the root file system. Source: bundle.md. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { errnoOf, fail } from '#core/errors'
import { readSpec } from '#core/spec/parse'
import type { Spec } from '#core/spec/runtime'

/** @throws MiniDockerError NotFound, InvalidArgument naming the place in config.json */
export function readBundle(bundle: string): Spec {
  const file = path.join(bundle, 'config.json')
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (cause) {
    return fail('NotFound', {
      what: `bundle '${bundle}'`,
      why: `${errnoOf(cause)}: no config.json`,
      hint: 'mini-runc spec writes one',
      cause,
    })
  }
  const spec = readSpec(text, { mountsOnHost: true })
  // config.md#root: relative to the bundle
  return { ...spec, root: { ...spec.root, path: path.resolve(bundle, spec.root.path) } }
}
