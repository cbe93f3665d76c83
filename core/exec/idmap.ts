/**
 * A mount whose owners are seen through a user namespace's map: root's files belong to root of the container, though on
 * disk nothing changed. Made detached, so that it appears in no mount table until the container attaches it.
 * Source: mount_setattr(2), "ID-mapped mounts"; open_tree(2).
 */

import * as fs from 'node:fs'
import { atFlags, mountAttributes, mountFlags, openTreeFlags } from '#core/sys/constants'
import { syscall } from '#core/sys/libc'

const { AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE } = atFlags
const { OPEN_TREE_CLOEXEC, OPEN_TREE_CLONE } = openTreeFlags

/** What of the tree: `tree`: with what is mounted below; `deep`: and that is mapped as well. */
interface Extent {
  readonly tree: boolean
  readonly deep: boolean
}
const whole: Extent = { tree: true, deep: true }

/** @returns an fd of the tree. @throws Errno EINVAL when the file system cannot be mapped */
export function idmappedTree(path: string, userNamespace: string, extent = whole): number {
  const recursive = (isDeep: boolean): number => (isDeep ? AT_RECURSIVE : 0)
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive(extent.tree)
  const tree = syscall('open_tree', 'int', AT_FDCWD, 'const char *', path, 'unsigned int', flags)
  const namespace = fs.openSync(userNamespace, 'r')
  try {
    // A copy of a shared mount is its peer: what the container mounts on it would appear on the host. Hence private.
    const apart = BigInt(mountFlags.MS_PRIVATE)
    const mapped = BigInt(mountAttributes.MOUNT_ATTR_IDMAP)
    if (extent.tree && !extent.deep) setAttributes(tree, AT_RECURSIVE, [0n, 0n, apart, 0n])
    setAttributes(tree, recursive(extent.deep), [mapped, 0n, apart, BigInt(namespace)])
    return tree
  } catch (error) {
    fs.closeSync(tree)
    throw error
  } finally {
    fs.closeSync(namespace)
  }
}

/** @param attributes struct mount_attr: attr_set, attr_clr, propagation, userns_fd */
const setAttributes = (tree: number, flags: number, attributes: readonly bigint[]): number =>
  syscall(
    ...(['mount_setattr', 'int', tree, 'const char *', '', 'unsigned int', AT_EMPTY_PATH | flags] as const),
    ...['void *', new BigUint64Array(attributes), 'size_t', 32],
  )
