/**
 * An entry: one file of a tree as a layer tells it, whatever header formats it was written in.
 *
 * Source: image-spec, layer.md; tar(5); pax(1).
 */

export type EntryType = 'file' | 'directory' | 'symlink' | 'link' | 'char' | 'block' | 'fifo'

export interface Entry {
  /**
   * Relative, components joined by single slashes: no leading or trailing one, no `.` or `..`. '' is the root itself.
   * Bytes that are no UTF-8 are escaped as ./name.ts says.
   */
  readonly path: string
  readonly type: EntryType
  /** Permissions, setuid, setgid and sticky: 0o7777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Bytes of content; 0 for all but files. */
  readonly size: number
  /** Nanoseconds since 1970; may be negative. */
  readonly mtime: bigint
  /** A symlink's text, as it is; or the path, like `path`, of what a hard link is another name of. */
  readonly target?: string
  /** Major and minor number of a char or block device. */
  readonly device?: readonly [major: number, minor: number]
  /** Extended attributes by full name (`user.x`, `security.capability`), in the order of their names' bytes. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>
}

export const noXattrs: ReadonlyMap<string, Uint8Array> = new Map()

/**
 * overlayfs's own notes (overlay(5), "whiteouts and opaque directories"): they say how a directory is stacked on this
 * machine, and mean nothing, or harm, on another one. They go into no layer and come out of none.
 */
export const isOverlayXattr = (name: string): boolean =>
  name.startsWith('trusted.overlay.') || name.startsWith('user.overlay.')
