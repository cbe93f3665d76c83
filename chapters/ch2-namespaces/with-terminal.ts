/** `-t`: the process with a terminal, of the size of ours. */

import * as tty from 'node:tty'
import type { Flags } from '#core/cli/flags'
import { fail } from '#core/errors'
import type { Process } from '#core/spec/runtime'

/** Docker's rule: a terminal asked for together with our stdin needs our stdin to be one. */
export function withTerminal(flags: Flags, planning: boolean, process: Process): Process {
  if (!flags.on('tty')) return process
  if (flags.on('interactive') && !planning && !tty.isatty(0)) {
    fail('InvalidArgument', { what: 'stdin', why: 'is not a terminal', hint: 'leave out -t' })
  }
  const [columns, rows] = tty.isatty(1) ? new tty.WriteStream(1).getWindowSize() : [80, 24]
  const env = [...(process.env ?? [])]
  if (!env.some(variable => variable.startsWith('TERM='))) env.push('TERM=xterm')
  return { ...process, env, terminal: true, consoleSize: { height: rows, width: columns } }
}
