/** What can be seen of the lifecycle machine's container: what `state` prints, its files, what the kernel has of it. Pure. */

import type { State } from '#chapters/ch7-oci/lifecycle/reduce'
import { ociVersion } from '#core/spec/runtime'
import { type Container, id, pid, type World } from './lifecycle.js'

/** What `mini-runc state web` prints. @param state of the container */
export const stateJson = (state: State): string =>
  JSON.stringify(
    {
      ociVersion,
      id,
      status: state,
      bundle: '/srv/bundle',
      pid: state === 'stopped' ? 0 : pid,
      rootfs: '/srv/bundle/rootfs',
      created: '2026-11-26T10:00:00.000Z',
      owner: 'root',
    },
    null,
    2,
  )

export interface Seen {
  /** In /run/mini-runc/containers/web. */
  readonly files: readonly string[]
  /** `status` in state.json. */
  readonly written: Container['written'] | null
  /** A directory of each hierarchy. */
  readonly hasCgroup: boolean
  readonly isFrozen: boolean
  readonly init: 'making' | 'waiting' | 'running' | 'frozen' | null
}

export function seenOf(world: World): Seen {
  if (world === null) return { files: [], written: null, hasCgroup: false, isFrozen: false, init: null }
  const { state, written, hasFifo } = world
  const inits = { creating: 'making', created: 'waiting', running: 'running', paused: 'frozen', stopped: null } as const
  return {
    files: [...(hasFifo ? ['exec.fifo'] : []), ...(written === 'creating' ? [] : ['init.pid']), 'lock', 'state.json'],
    written,
    hasCgroup: true,
    isFrozen: state === 'paused',
    init: inits[state],
  }
}
