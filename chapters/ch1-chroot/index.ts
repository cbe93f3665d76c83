/** ch1: a jail by chroot. What a container was in 1979: a directory that a process takes for the whole machine. */

import type { Chapter } from '#core/chapter'
import type { Flags } from '#core/cli/flags'
import { become } from './become.js'
import { enterRoot } from './enter-root.js'
import { escape } from './escape.js'
import { examples } from './examples.js'
import { exec } from './exec.js'
import { findProgram } from './find-program.js'

export { escape } from './escape.js'

// #region parts
export const parts = { enterRoot, become, findProgram, exec }
// #endregion parts

/** Loaded when it is called: it touches files, and whoever imports this index is pure. */
export const removeTrap = async (flags: Flags): Promise<void> => (await import('./remove-trap.js')).removeTrap(flags)

/** The same with a break-out between the jail and its program. */
export const escapeParts = { enterRoot, escape, findProgram, exec }

export const ch1: Chapter = {
  id: 'ch1',
  title: 'chroot',
  understands: [
    'ociVersion',
    'root.path',
    'process.args',
    'process.env',
    'process.cwd',
    'process.user.uid',
    'process.user.gid',
    'process.user.umask',
    'process.user.additionalGids',
    'annotations',
  ],
  parts,
  examples,
}
