/** Trees of the overlay model as directories: written, and read back as they lie there, marks included. */

import * as fs from 'node:fs'
import * as os from 'node:os'
import type { DirectoryNode, TreeNode } from '#chapters/ch4-images/union/tree'
import { call, Errno } from '#core/sys/libc'

const { ENODATA, EOPNOTSUPP } = os.constants.errno
const OPAQUE = 'trusted.overlay.opaque'

/** A directory that is there becomes this tree. */
export function writeTree(path: string, tree: DirectoryNode): void {
  for (const [name, node] of tree.entries) {
    const at = `${path}/${name}`
    if (node.kind === 'symlink') fs.symlinkSync(node.target, at)
    else if (node.kind === 'whiteout') makeWhiteout(at)
    else if (node.kind === 'file') {
      fs.writeFileSync(at, node.content)
      fs.chmodSync(at, node.mode)
    } else {
      fs.mkdirSync(at)
      writeTree(at, node)
    }
  }
  fs.chmodSync(path, tree.mode)
  if (tree.opaque) {
    call(
      'int lsetxattr(const char *path, const char *name, const char *value, size_t size, int flags)',
      path,
      OPAQUE,
      'y',
      1,
      0,
    )
  }
}

/** S_IFCHR with device number 0. */
const makeWhiteout = (path: string): number =>
  call('int mknod(const char *path, unsigned int mode, unsigned long device)', path, 0o020000, 0)

export function readTree(path: string): DirectoryNode {
  const entries = fs.readdirSync(path).map(name => [name, readNode(`${path}/${name}`)] as const)
  const mode = fs.lstatSync(path).mode & 0o7777
  return { kind: 'directory', mode, opaque: isOpaque(path), entries: new Map(entries) }
}

function readNode(path: string): TreeNode {
  const stat = fs.lstatSync(path)
  if (stat.isDirectory()) return readTree(path)
  if (stat.isSymbolicLink()) return { kind: 'symlink', target: fs.readlinkSync(path) }
  if (stat.isFile()) return { kind: 'file', content: fs.readFileSync(path, 'utf8'), mode: stat.mode & 0o7777 }
  if (stat.isCharacterDevice() && stat.rdev === 0) return { kind: 'whiteout' }
  throw new Error(`${path}: nothing that a model has, mode 0${stat.mode.toString(8)}`)
}

/** merged hides the attribute: there it is always false, as in the model's own view. */
function isOpaque(path: string): boolean {
  const value = Buffer.alloc(8)
  try {
    const length = call(
      'int64_t lgetxattr(const char *path, const char *name, _Out_ uint8_t *value, size_t size)',
      path,
      OPAQUE,
      value,
      value.length,
    )
    return value.toString('latin1', 0, length) === 'y'
  } catch (error) {
    if (error instanceof Errno && [ENODATA, EOPNOTSUPP].includes(error.errno)) return false
    throw error
  }
}

/** For a pipe between processes: maps as lists, in the order of names. */
export const packed = (value: unknown): string =>
  JSON.stringify(value, (_, it: unknown) =>
    it instanceof Map ? { map: [...it].sort(([a], [b]) => (a < b ? -1 : 1)) } : it,
  )
export const unpacked = <T>(text: string): T =>
  JSON.parse(text, (_, it: { readonly map?: [string, unknown][] } | null) =>
    it !== null && typeof it === 'object' && Array.isArray(it.map) ? new Map(it.map) : it,
  ) as T
