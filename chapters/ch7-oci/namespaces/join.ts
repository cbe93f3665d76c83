/**
 * Namespaces that exist already, by path: a pod's containers share one network. The user namespace first, it owns the others; the
 * pid namespace takes only children in, and the mount namespace last, for behind it the paths mean something else.
 * Source: config-linux.md "Namespaces", setns(2).
 */

import type { Pass } from '#core/plan/assemble'
import type { NamespaceType } from '#core/spec/runtime'
import type { CloneFlag } from '#core/sys/constants'

const order: readonly (readonly [NamespaceType, CloneFlag])[] = [
  ['user', 'CLONE_NEWUSER'],
  ['network', 'CLONE_NEWNET'],
  ['ipc', 'CLONE_NEWIPC'],
  ['uts', 'CLONE_NEWUTS'],
  ['cgroup', 'CLONE_NEWCGROUP'],
  ['time', 'CLONE_NEWTIME'],
  ['pid', 'CLONE_NEWPID'],
  ['mount', 'CLONE_NEWNS'],
]

export const namespaceFlags: ReadonlyMap<NamespaceType, CloneFlag> = new Map(order)

export const joinNamespaces: Pass = ({ linux }) =>
  order.flatMap(([type, flag]) => {
    const path = linux?.namespaces?.find(namespace => namespace.type === type)?.path
    if (path === undefined) return []
    const why = `its ${type} namespace is there already`
    return [{ op: 'join', path, flag, phase: 'enter', by: 'ch7.joinNamespaces', why } as const]
  })
