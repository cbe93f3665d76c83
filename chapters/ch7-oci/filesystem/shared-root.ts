/**
 * A container without a mount namespace of its own: it has the host's, or one that is there already, by path. pivot_root would move
 * all who are in there, so it is ch1's way in, chroot. And what the spec mounts is seen by all of them: it lies below a mount that
 * nobody else's mounts are tied to, the root file system bound on itself. On the host that is taken off when the container is
 * deleted, and all below it goes along; in a namespace of others it stays for as long as they do.
 * Source: config-linux.md "Namespaces", mount_namespaces(7), pivot_root(2).
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { isolates, type Spec } from '#core/spec/runtime'

const by = 'ch7.enterRoot'
const root = { phase: 'root', by } as const
const pivot = { phase: 'pivot', by } as const

export const sharingRoot =
  (own: Pass): Pass =>
  (spec, facts) => {
    if (isolates(spec, 'mount') || !mountsAnything(spec)) return own(spec, facts)
    const { path } = spec.root
    const isJoined = spec.linux?.namespaces?.some(({ type }) => type === 'mount') === true
    return [
      ...(isJoined ? inTheirs(path) : onTheHost(path)),
      { ...root, op: 'open_root', path, why: 'every target is resolved below this fd' },
      { ...pivot, op: 'fchdir', fd: 'root', why: 'stand in the new root' },
      { ...pivot, op: 'chroot', path: '.', why: 'pivot_root would move everybody who is in this mount namespace' },
      { ...pivot, op: 'chdir', path: '/', why: 'paths start in the rootfs from here on' },
    ]
  }

const onTheHost = (path: string): Step[] => [
  {
    op: 'mount_rootfs',
    path,
    phase: 'prepare',
    by,
    why: "without a mount namespace its mounts are the host's: below this one they can be taken off with it",
  },
]

const inTheirs = (path: string): Step[] => [
  { ...root, op: 'bind_root', path, why: 'a mount of its own in the namespace of others' },
  {
    ...root,
    op: 'propagation',
    path,
    flags: ['MS_REC', 'MS_PRIVATE'],
    why: 'what is mounted below it is seen nowhere else',
  },
]

const mountsAnything = ({ root, mounts = [], linux = {} }: Spec): boolean =>
  root.readonly === true ||
  linux.rootfsPropagation !== undefined ||
  [mounts, linux.maskedPaths ?? [], linux.readonlyPaths ?? []].some(({ length }) => length > 0)
