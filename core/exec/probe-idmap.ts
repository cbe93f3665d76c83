/** Whether this kernel and this file system do id-mapped mounts: found out by making one, in a throw-away child. */

import * as fs from 'node:fs'
import { lower } from '#core/plan/lower'
import type { Step } from '#core/plan/step'
import type { Facts } from '#core/sys/facts'
import { drive } from './driver.js'
import type { Executor } from './executor.js'
import { host } from './host.js'
import { findStage, nativeExecutor } from './native.js'

const at = { by: 'probe', why: 'to see whether it can be done' } as const

/** The same for who only plans: there may be no rootfs yet, and nothing to try it with. */
export async function canIdmapUnasked(path: string, facts: Facts): Promise<boolean> {
  const stage = findStage()
  return stage !== null && fs.existsSync(path) && (await canIdmap(nativeExecutor(stage), path, facts))
}

/** The mount stays detached and goes with the fd: nothing of the host changes. Only root may make one. */
export async function canIdmap(executor: Executor, path: string, facts: Facts): Promise<boolean> {
  if (facts.uid !== 0 || executor.name !== 'native') return false
  const map = { ...at, op: 'write_proc', phase: 'map', of: 'stage', data: '0 100000 65536\n' } as const
  const steps: Step[] = [
    { ...at, op: 'unshare', phase: 'enter', flags: ['CLONE_NEWUSER'] },
    { ...map, file: 'uid_map' },
    { ...map, file: 'gid_map' },
    { ...at, op: 'idmap_tree', phase: 'map', path, of: 'stage' },
    { ...at, op: 'umask', phase: 'isolate', mask: 0 },
  ]
  const performance = executor.open({ fds: [0, 1, 2] })
  try {
    const outcome = await drive(lower({ steps }), performance.channel, host('', facts).perform)
    return outcome.kind === 'lost' && outcome.status === 0 // all steps done; there is no program to run
  } finally {
    await performance.end()
  }
}
