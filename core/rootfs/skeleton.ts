/**
 * What every default rootfs holds beside its programs: the directories that a container mounts on, and the few files in
 * /etc that C libraries and shells ask for. Sources: hier(7), passwd(5), group(5), os-release(5), nsswitch.conf(5).
 */

import type { Tree } from './tree.js'

export type Flavour = 'busybox' | 'host programs'

/** Part of the directory's name: raise it when the content changes, and every machine builds the new one on first use. */
export const rootfsVersion = 1

const sticky = 0o1777

const directories: readonly (readonly [path: string, mode?: number])[] = [
  ['/bin'],
  ['/dev'], // no nodes: the container's own tmpfs brings them
  ['/etc'],
  ['/home/user'],
  ['/lib'],
  ['/mnt'],
  ['/opt'],
  ['/proc'],
  ['/root'], // readable: an ordinary user who runs root's rootfs is nobody to these files and starts in here
  ['/run'],
  ['/sbin'],
  ['/srv'],
  ['/sys'],
  ['/tmp', sticky],
  ['/usr/bin'],
  ['/usr/lib'],
  ['/usr/sbin'],
  ['/var/cache'],
  ['/var/lib'],
  ['/var/log'],
  ['/var/tmp', sticky],
]

const files: Readonly<Record<string, string>> = {
  '/etc/passwd': [
    'root:x:0:0:root:/root:/bin/sh',
    'nobody:x:65534:65534:nobody:/:/bin/false',
    'user:x:1000:1000:user:/home/user:/bin/sh',
    '',
  ].join('\n'),
  '/etc/group': ['root:x:0:', 'tty:x:5:', 'nogroup:x:65534:', 'user:x:1000:', ''].join('\n'),
  '/etc/hosts': ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback', ''].join('\n'),
  '/etc/hostname': 'mini-docker\n',
  '/etc/resolv.conf': '', // a place to bind the real one on
  '/etc/nsswitch.conf': ['passwd: files', 'group: files', 'shadow: files', 'hosts: files dns', ''].join('\n'),
}

/** VARIANT_ID tells the flavour: the rootfs says itself what it is, there is no record beside it to disagree. */
function osRelease(flavour: Flavour): string {
  return [
    'ID=mini-docker',
    'NAME="mini-docker rootfs"',
    'PRETTY_NAME="mini-docker default rootfs"',
    `VERSION_ID=${rootfsVersion}`,
    `VARIANT="${flavour}"`,
    `VARIANT_ID=${variantId(flavour)}`,
    '',
  ].join('\n')
}

export function flavourOf(osReleaseText: string): Flavour {
  return /^VARIANT_ID=busybox$/m.test(osReleaseText) ? 'busybox' : 'host programs'
}

function variantId(flavour: Flavour): string {
  return flavour.replace(' ', '-')
}

/** Last of all: what the programs brought (a usr-merged /bin → usr/bin) goes first. */
export function addSkeleton(tree: Tree, flavour: Flavour): void {
  for (const [directory, mode] of directories) tree.directory(directory, mode)
  tree.give('/home/user', 1000, 1000)
  for (const [file, content] of Object.entries(files)) tree.file(file, content)
  tree.file('/etc/os-release', osRelease(flavour))
  tree.link('/etc/mtab', '/proc/self/mounts') // mount(8) and df of older kinds read it
  tree.link('/var/run', '../run')
}
