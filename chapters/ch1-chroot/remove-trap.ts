/** After an escape: the directory that it made in the rootfs goes again, whether the escape came through or not. */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { rootfsOf } from '#core/cli/process-flags'
import { isPlanning } from '#core/cli/seeing'
import { directories } from '#core/sys/paths'
import { escapeTrap } from './escape.js'

export async function removeTrap(flags: Flags): Promise<void> {
  if (isPlanning(flags)) return
  fs.rmSync(`${await rootfsOf(flags, directories(), true)}/${escapeTrap}`, { recursive: true, force: true })
}
