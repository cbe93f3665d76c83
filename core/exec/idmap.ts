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

/** @returns an fd of the tree. @throws Errno EINVAL when the file system cannot be mapped */
export function idmappedTree(path: string, userNamespace: string): number {
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE
  const tree = syscall('open_tree', 'int', AT_FDCWD, 'const char *', path, 'unsigned int', flags)
  const namespace = fs.openSync(userNamespace, 'r')
  try {
    // A copy of a shared mount is its peer: what the container mounts on it would appear on the host. Hence private.
    const propagation = BigInt(mountFlags.MS_PRIVATE)
    // struct mount_attr: attr_set, attr_clr, propagation, userns_fd
    const attributes = new BigUint64Array([
      BigInt(mountAttributes.MOUNT_ATTR_IDMAP),
      0n,
      propagation,
      BigInt(namespace),
    ])
    const where = AT_EMPTY_PATH | AT_RECURSIVE
    syscall('mount_setattr', 'int', tree, 'const char *', '', 'unsigned int', where, 'void *', attributes, 'size_t', 32)
    return tree
  } catch (error) {
    fs.closeSync(tree)
    throw error
  } finally {
    fs.closeSync(namespace)
  }
}
