/**
 * A bind mount whose owners are seen through a map: that of the container, or one of its own. The kernel takes a map only from a
 * user namespace; for one of its own, a namespace is made for the moment of the call. Source: mount_setattr(2), "ID-mapped mounts".
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { lower } from '#core/plan/lower'
import type { Step } from '#core/plan/step'
import type { IdMapping } from '#core/spec/runtime'
import { type ErrnoName, errnos } from '#core/sys/constants'
import { Errno } from '#core/sys/libc'
import { drive } from './driver.js'
import { idmappedTree } from './idmap.js'
import { nativeExecutor, stageOrFail } from './native.js'

type Maps = NonNullable<Step<'idmap_mount'>['mappings']>

/** @param pid of who is in the user namespace @returns an fd of the mount. @throws Errno */
export function idmappedMount(
  { source, mappings, tree, deep }: Step<'idmap_mount'>,
  pid: number,
): number | Promise<number> {
  if (mappings === null) return idmappedTree(source, `/proc/${pid}/ns/user`, { tree, deep })
  return throughMaps(mappings, namespace => idmappedTree(source, namespace, { tree, deep }))
}

const at = { by: 'idmap', why: 'a map is taken from a user namespace alone' } as const

const asLines = (all: readonly IdMapping[]): string =>
  all.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('')

/** Node has threads, and may not unshare: a stage does, and waits while its namespace is used. */
async function throughMaps(maps: Maps, use: (namespace: string) => number): Promise<number> {
  const stage = stageOrFail()
  const map = { ...at, op: 'write_proc', phase: 'map', of: 'stage' } as const
  const steps: Step[] = [
    { ...at, op: 'unshare', phase: 'enter', flags: ['CLONE_NEWUSER'] },
    { ...map, file: 'uid_map', data: asLines(maps.uid) },
    { ...map, file: 'gid_map', data: asLines(maps.gid) },
    { ...at, op: 'umask', phase: 'isolate', mask: 0 }, // there is no program: it ends
  ]
  const performance = nativeExecutor(stage).open({ fds: [0, 1, 2] })
  let tree: number | undefined
  try {
    const outcome = await drive(lower({ steps }), performance.channel, (step, processes) => {
      if (step.op !== 'write_proc') return undefined
      const place = `/proc/${processes.stage!}`
      try {
        fs.writeFileSync(`${place}/${step.file}`, step.data)
      } catch (cause) {
        fail('InvalidArgument', { what: `mappings of a mount: ${step.file}`, why: errnoOf(cause) ?? 'EIO', cause })
      }
      if (step.file === 'gid_map') tree = use(`${place}/ns/user`)
      return undefined
    })
    if (outcome.kind === 'failed') throw outcome.cause ?? new Errno('unshare', errnos[outcome.errno as ErrnoName])
  } catch (error) {
    if (tree !== undefined) fs.closeSync(tree)
    throw error
  } finally {
    await performance.end()
  }
  return tree ?? fail('Unavailable', { what: 'mappings of a mount', why: 'its user namespace has ended' })
}
