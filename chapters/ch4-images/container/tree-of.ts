/** The tree of a container, for a worker: of one that runs its own root with all that is mounted in it, else its snapshot. */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import { type ContainerRecord, States } from '#core/exec/state'
import type { Mount } from '#core/spec/runtime'
import { isAlive } from '#core/sys/identity'
import { directories } from '#core/sys/paths'
import type { Images } from '../images.js'
import type { Tree } from '../worker/plan.js'
import { isLive, type StoredContainer } from './containers.js'
import { Volumes } from './volumes.js'

/**
 * overlayfs takes an upper directory for one mount at a time. So the tree of one that runs is not mounted again but reached
 * by way of /proc/<pid>/root: the worker sees what its programs see, volumes included, and no more than they.
 */
export function treeOf(images: Images, container: StoredContainer): Tree {
  const record = runningRecord(container)
  if (record === null) {
    const volumes = new Volumes(images)
    const mounts = container.volumes.map(({ name, destination }): Mount => {
      return { destination, source: volumes.dataOf(name), options: ['rbind'] }
    })
    const present = mounts.filter(({ source }) => fs.existsSync(source!))
    return { mount: images.snapshotter.mounts(container.snapshot), at: images.at, mounts: present }
  }
  const init = record.init!
  return { inside: init, user: joinedUser(init.pid) }
}

/** Its state while it runs, null when it has ended. @throws MiniDockerError Unavailable while it is about to start */
export function runningRecord(container: StoredContainer): ContainerRecord | null {
  if (!isLive(container)) return null
  const record = new States(directories().run).read(container.id)
  if (record?.init != null && isAlive(record.init)) return record
  return fail('Unavailable', {
    what: `container '${container.name}'`,
    why: 'is about to start or to end',
    hint: 'try again',
  })
}

function joinedUser(pid: number): { readonly setgroupsDenied: boolean } | null {
  const namespace = (of: number | 'self'): string => fs.readlinkSync(`/proc/${of}/ns/user`)
  if (!fs.existsSync('/proc/self/ns/user') || namespace(pid) === namespace('self')) return null
  return { setgroupsDenied: fs.readFileSync(`/proc/${pid}/setgroups`, 'utf8').trim() === 'deny' }
}
