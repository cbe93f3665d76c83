/** The table of contents: which chapters there are, in the order of the book, and where each one's commands lie. */

import type { Command } from '#core/cli/command'

export interface TocEntry {
  readonly id: string
  readonly title: string
  /** Absent for a chapter that is not written yet. */
  readonly commands?: () => Promise<readonly Command[]>
  /** A command line of its own, for all but its commands: ch7 speaks runc's. */
  readonly main?: () => Promise<(argv: readonly string[]) => Promise<number>>
  /** Commands of the finished engine that it brings: `mini-docker pull` is ch5's. */
  readonly brings: readonly string[]
}

export const toc: readonly TocEntry[] = [
  {
    id: 'ch1',
    title: 'chroot: a root directory of its own',
    commands: async () => (await import('./ch1-chroot/cli.js')).commands,
    brings: [],
  },
  {
    id: 'ch2',
    title: 'namespaces: a machine of its own',
    commands: async () => (await import('./ch2-namespaces/cli.js')).commands,
    brings: [],
  },
  {
    id: 'ch3',
    title: 'cgroups: its share of the machine',
    commands: async () => (await import('./ch3-cgroups/cli.js')).commands(),
    brings: ['stats', 'update', 'pause', 'resume', 'unpause', 'top'],
  },
  {
    id: 'ch4',
    title: 'images: pack once, run anywhere',
    commands: async () => (await import('./ch4-images/cli.js')).commands(),
    brings: [
      ...['pack', 'build', 'commit', 'images', 'history', 'diff', 'save', 'load', 'import', 'export', 'tag', 'rmi'],
      'prune',
    ],
  },
  {
    id: 'ch5',
    title: 'registry: one place for all images',
    commands: async () => (await import('./ch5-registry/cli.js')).commands(),
    brings: ['pull', 'push', 'serve', 'login', 'logout', 'tags', 'copy'],
  },
  {
    id: 'ch6',
    title: 'daemon: dockerd, containerd, shim',
    brings: [
      ...['run', 'create', 'start', 'stop', 'restart', 'kill', 'rm', 'ps', 'exec', 'logs', 'attach', 'wait', 'inspect'],
      ...['cp', 'network', 'volume', 'compose', 'daemon', 'containerd', 'info', 'events'],
    ],
  },
  {
    id: 'ch7',
    title: 'OCI: a runtime that others accept',
    main: async () => (await import('./ch7-oci/command/runtime.js')).runtime,
    commands: async () => (await import('./ch7-oci/cli.js')).commands(),
    brings: ['spec', 'state', 'delete', 'list', 'features', 'validate'],
  },
]

/** What a command of ch4 starts to work inside a tree: ch4-images/worker. */
export const worker = async (argv: readonly string[]): Promise<number> =>
  (await import('./ch4-images/worker/main.js')).work(argv)
