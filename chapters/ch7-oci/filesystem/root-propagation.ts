/**
 * linux.rootfsPropagation: whether what is mounted in the container later is seen outside, and the other way round. Last of all that
 * is done to mounts. Source: config-linux.md "Rootfs Mount Propagation", mount_namespaces(7).
 */

import type { Pass } from '#core/plan/assemble'
import type { MountFlag } from '#core/sys/constants'

const flags: Readonly<Record<string, MountFlag>> = {
  shared: 'MS_SHARED',
  slave: 'MS_SLAVE',
  private: 'MS_PRIVATE',
  unbindable: 'MS_UNBINDABLE',
}

export const rootPropagation: Pass = ({ linux }) => {
  const word = linux?.rootfsPropagation
  if (word === undefined) return []
  const deep = word.startsWith('r')
  const flag = flags[deep ? word.slice(1) : word]!
  return [
    {
      op: 'propagation',
      path: '/',
      flags: deep ? ['MS_REC', flag] : [flag],
      phase: 'seal',
      by: 'ch7.rootPropagation',
      why: 'whether what is mounted in there later is seen on the other side',
    },
  ]
}
