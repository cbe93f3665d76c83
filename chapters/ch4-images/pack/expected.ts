/**
 * What programs expect of any root, beside their own files. Names of users, of this machine and of its servers are not taken
 * from here: they are nobody's business where the image goes. Sources: hier(7), passwd(5), nsswitch.conf(5). Pure.
 */

import type { Item } from './item.js'

const directories: readonly (readonly [path: string, mode?: number])[] = [
  ['/dev'],
  ['/etc'],
  ['/proc'],
  ['/root', 0o700],
  ['/run'],
  ['/sys'],
  ['/tmp', 0o1777],
  ['/var/tmp', 0o1777],
]

const files: Readonly<Record<string, string>> = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n',
  '/etc/group': 'root:x:0:\nnogroup:x:65534:\n',
  '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  '/etc/hosts': '127.0.0.1\tlocalhost\n::1\tlocalhost\n',
  '/etc/hostname': '',
  '/etc/resolv.conf': '', // a place to bind the real one on
}

const owned = { uid: 0, gid: 0, mtime: null, way: 'expected' } as const

export const expectedItems: readonly Item[] = [
  { target: '/', type: 'directory', mode: 0o755, size: 0, ...owned },
  { target: '/var', type: 'directory', mode: 0o755, size: 0, ...owned },
  ...directories.map(([target, mode = 0o755]): Item => ({ target, type: 'directory', mode, size: 0, ...owned })),
  ...Object.entries(files).map(([target, text]): Item => {
    const bytes = Buffer.from(text)
    return { target, type: 'file', mode: 0o644, size: bytes.length, content: { bytes }, ...owned }
  }),
]

/** This machine's are never taken for these, but by --include. */
export const ownPlaces: ReadonlySet<string> = new Set(Object.keys(files))
