/**
 * The terminal: a pty out of the container's own devpts, so that `tty` inside names a file that exists there. Its other end
 * is sent out to whoever relays it. Source: pty(7), runtime-spec config.md "process.terminal".
 */

import type { Pass } from '#core/plan/assemble'

export const terminal: Pass = ({ process }) =>
  process.terminal === true
    ? [
        {
          op: 'console',
          rows: process.consoleSize?.height ?? 24,
          columns: process.consoleSize?.width ?? 80,
          owner: process.user.uid,
          phase: 'root',
          by: 'ch2.terminal',
          why: 'after devpts is mounted; from here on stdio is the terminal, the other end goes out by the channel',
        },
      ]
    : []
