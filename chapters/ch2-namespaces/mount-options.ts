/**
 * The words of mount(8) as the kernel's flags: `nosuid,ro,rbind,mode=755` → flags, attributes, propagation, data.
 * Source: runtime-spec config.md "Linux mount options"; mount(8).
 */

import type { MountAttribute, MountFlag } from '#core/sys/constants'

export interface MountOptions {
  /** For mount(2) of a file system. */
  readonly flags: readonly MountFlag[]
  /** For mount_setattr(2): mount(2) ignores all but MS_REC when it binds. */
  readonly attributes: readonly MountAttribute[]
  readonly propagation: readonly MountFlag[]
  /** What is left is for the file system itself. */
  readonly data: string | null
  readonly recursiveReadonly: boolean
}

const flagWords: Readonly<Record<string, readonly [MountFlag, MountAttribute | null]>> = {
  ro: ['MS_RDONLY', 'MOUNT_ATTR_RDONLY'],
  nosuid: ['MS_NOSUID', 'MOUNT_ATTR_NOSUID'],
  nodev: ['MS_NODEV', 'MOUNT_ATTR_NODEV'],
  noexec: ['MS_NOEXEC', 'MOUNT_ATTR_NOEXEC'],
  noatime: ['MS_NOATIME', 'MOUNT_ATTR_NOATIME'],
  nodiratime: ['MS_NODIRATIME', 'MOUNT_ATTR_NODIRATIME'],
  strictatime: ['MS_STRICTATIME', 'MOUNT_ATTR_STRICTATIME'],
  relatime: ['MS_RELATIME', null],
  sync: ['MS_SYNCHRONOUS', null],
  dirsync: ['MS_DIRSYNC', null],
  nosymfollow: ['MS_NOSYMFOLLOW', 'MOUNT_ATTR_NOSYMFOLLOW'],
  bind: ['MS_BIND', null],
}

const propagationWords: Readonly<Record<string, readonly MountFlag[]>> = {
  private: ['MS_PRIVATE'],
  rprivate: ['MS_REC', 'MS_PRIVATE'],
  slave: ['MS_SLAVE'],
  rslave: ['MS_REC', 'MS_SLAVE'],
  shared: ['MS_SHARED'],
  rshared: ['MS_REC', 'MS_SHARED'],
  unbindable: ['MS_UNBINDABLE'],
  runbindable: ['MS_REC', 'MS_UNBINDABLE'],
}

/** Words that say what is so anyway. */
const defaults: ReadonlySet<string> = new Set(['defaults', 'rw', 'suid', 'dev', 'exec', 'async', 'atime', 'diratime'])

export function mountOptions(words: readonly string[]): MountOptions {
  const flags = new Set<MountFlag>()
  const attributes = new Set<MountAttribute>()
  const propagation = new Set<MountFlag>()
  const data: string[] = []
  for (const word of words) {
    const known = flagWords[word]
    if (known !== undefined) {
      flags.add(known[0])
      if (known[1] !== null) attributes.add(known[1])
    } else if (word === 'rbind') {
      flags.add('MS_BIND').add('MS_REC')
    } else if (word === 'rro') {
      attributes.add('MOUNT_ATTR_RDONLY')
    } else if (propagationWords[word] !== undefined) {
      for (const flag of propagationWords[word]) propagation.add(flag)
    } else if (!defaults.has(word)) {
      data.push(word)
    }
  }
  return {
    flags: [...flags],
    attributes: [...attributes],
    propagation: [...propagation],
    data: data.length === 0 ? null : data.join(','),
    recursiveReadonly: words.includes('rro'),
  }
}
