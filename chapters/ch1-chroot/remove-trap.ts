/**
 * After an escape: the directory that it made in the rootfs goes again, whether the escape came through or not. It is empty;
 * one that is not was somebody's before, and stays.
 */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { rootfsOf } from '#core/cli/process-flags'
import { isPlanning } from '#core/cli/seeing'
import { errnoOf } from '#core/errors'
import { directories } from '#core/sys/paths'
import { escapeTrap } from './escape.js'

export async function removeTrap(flags: Flags): Promise<void> {
  if (isPlanning(flags)) return
  try {
    fs.rmdirSync(`${await rootfsOf(flags, directories(), true)}/${escapeTrap}`)
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error
  }
}
