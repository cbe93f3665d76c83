/** The commands of `mini-docker lab`, in the order in which one needs them. */

import type { Command } from '#core/cli/command'
import { check } from './check.js'
import { diff } from './diff.js'
import { hint } from './hint.js'
import { lintCommand } from './lint.js'
import { list } from './list.js'
import { newLab } from './new-lab.js'
import { next } from './next.js'
import { reset } from './reset.js'
import { start } from './start.js'
import { status } from './status.js'
import { watch } from './watch.js'

export const commands: readonly Command[] = [
  list,
  start,
  watch,
  check,
  hint,
  diff,
  reset,
  next,
  status,
  newLab,
  lintCommand,
]
