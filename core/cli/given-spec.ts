/** Reads the file of `--spec`: nothing else may be said beside it, and the chapter must understand all of it. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { type Chapter, refuseUnknown } from '#core/chapter'
import { errnoOf, fail } from '#core/errors'
import { readSpec } from '#core/spec/parse'
import type { Spec } from '#core/spec/runtime'
import type { Flags } from './flags.js'
import { rootfsAt } from './process-flags.js'
import { isPlanning, labFlag, seeingFlags } from './seeing.js'
import { specFlag } from './spec-flag.js'

/**
 * The spec of that file, its root directory an absolute path.
 * @param besides flags that say nothing about the spec, and so may be given with it
 * @throws MiniDockerError also when the chapter does not understand all of it
 */
export function readGivenSpec(
  file: string,
  chapter: Chapter,
  flags: Flags,
  command: readonly string[],
  besides: readonly string[],
): Spec {
  const allowed = new Set([...[specFlag, labFlag, ...seeingFlags].map(({ name }) => name), ...besides])
  const other = flags.names().find(name => !allowed.has(name))
  if (other !== undefined || command.length > 0) {
    fail('InvalidArgument', {
      what: other === undefined ? `command '${command[0]}'` : `flag '--${other}'`,
      why: 'stands in the spec already',
      hint: `write it into '${file}', or leave --spec out`,
    })
  }
  const spec = readSpec(textOf(file))
  refuseUnknown(chapter, spec)
  const root = rootfsAt(path.resolve(path.dirname(file), spec.root.path), isPlanning(flags))
  return { ...spec, root: { ...spec.root, path: root } }
}

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'EIO'
    return fail(errno === 'ENOENT' ? 'NotFound' : 'InvalidArgument', {
      what: `spec '${file}'`,
      why: errno === 'ENOENT' ? 'there is no such file' : errno,
      hint: 'name a config.json',
      cause,
    })
  }
}
