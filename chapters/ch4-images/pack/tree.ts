/** `pack DIR`: a directory as the root of an image, and `--from /`: this machine as it is. */

import * as fs from 'node:fs'
import { out } from '#core/cli/print'
import { errnoOf, fail } from '#core/errors'
import { directories } from '#core/sys/paths'
import { quoted } from '../layer/name.js'
import type { Packable } from '../layer/pack.js'
import { walk } from '../layer/walk.js'
import { machineExcludes } from './machine-excludes.js'
import { type Excludes, excludesOf } from './patterns.js'
import { lineOf } from './report.js'
import type { PackWish } from './wish.js'

type TreeWish = Extract<PackWish, { kind: 'tree' }>

/** The files of the tree, in the order of a layer. @throws MiniDockerError FailedPrecondition for what cannot be read */
export function* filesOf({ directory, exclude }: TreeWish): Generator<Packable> {
  const { data, run } = directories()
  const byUser = excludesOf(exclude)
  const mountinfo = fs.readFileSync('/proc/self/mountinfo', 'utf8')
  const byMachine = machineExcludes(directory, { mountinfo, ownDirectories: [data, run] })
  let last = '/'
  const excluded: Excludes = path => {
    last = path
    return byMachine(path) || byUser(path)
  }
  const files = walk(directory, { exclude: path => excluded(`/${path}`) })
  for (;;) {
    const next = named(
      () => files.next(),
      () => last,
    )
    if (next.done === true) return
    const { entry, open } = next.value
    yield { entry, open: () => named(open, () => `/${entry.path}`) }
  }
}

/** An error of the system says what is wrong, and not with which file. */
function named<T>(act: () => T, path: () => string): T {
  try {
    return act()
  } catch (cause) {
    const errno = errnoOf(cause)
    if (errno === undefined) throw cause
    return fail('FailedPrecondition', {
      what: `file ${quoted(path())}`,
      why: errno,
      hint: `--exclude ${quoted(path())}, or pack it as a user who may read it`,
      cause,
    })
  }
}

export function listTree(wish: TreeWish): void {
  for (const { entry } of filesOf(wish)) {
    const { path, type, size, target } = entry
    out(lineOf('tree', type, size, `/${path}`, target))
  }
}
