/** `checkpoint` and `restore`: containers as files, by CRIU. The options are runc's. */

import * as path from 'node:path'
import { fail } from '#core/errors'
import { type Command, idOf, one } from './command.js'
import type { Option, Parsed } from './options.js'

const both: readonly Option[] = [
  { name: 'image-path', value: 'DIR', about: 'where the images are (default: checkpoint, here)' },
  { name: 'work-path', value: 'DIR', about: 'where the log is written (default: beside the images)' },
  { name: 'tcp-established', about: 'TCP connections that are open, as well' },
  { name: 'ext-unix-sk', about: 'unix sockets whose other end is outside, as well' },
  { name: 'shell-job', about: 'in a session of somebody outside, as from a shell' },
  { name: 'file-locks', about: 'locks on files, as well' },
  { name: 'manage-cgroups-mode', value: 'MODE', about: 'soft, full, strict or ignore (default: soft)' },
  { name: 'empty-ns', value: 'TYPE', about: 'taken for network: that is always made anew, and empty' },
  { name: 'auto-dedup', about: 'no page of memory twice on the disk' },
  { name: 'lazy-pages', about: 'refused: memory goes by files' },
]

const wishOf = (parsed: Parsed) => {
  const isOn = (name: string): boolean => parsed.options.has(name)
  refuse(parsed)
  return {
    id: idOf(parsed),
    paths: {
      images: path.resolve(one(parsed, 'image-path') ?? 'checkpoint'),
      work: absolute(one(parsed, 'work-path')),
    },
    shellJob: isOn('shell-job'),
    fileLocks: isOn('file-locks'),
    tcpEstablished: isOn('tcp-established'),
    extUnixSk: isOn('ext-unix-sk'),
    autoDedup: isOn('auto-dedup'),
    cgroupsMode: one(parsed, 'manage-cgroups-mode') ?? '',
  }
}

export const criu: Readonly<Record<string, Command>> = {
  checkpoint: {
    about: 'Write a container that runs to files, by CRIU: it is gone then, and can be restored.',
    usage: 'ID',
    options: [
      ...both,
      {
        name: 'parent-path',
        value: 'DIR',
        about: 'images of a --pre-dump, from --image-path on: no page of them again',
      },
      { name: 'pre-dump', about: 'its memory alone: it goes on, and the checkpoint is the quicker' },
      { name: 'leave-running', about: 'it goes on' },
      { name: 'tcp-skip-in-flight', about: 'leave out TCP connections that are not open yet' },
      { name: 'link-remap', about: 'files that are open and have no name any more get one' },
      { name: 'status-fd', value: 'FD', about: 'taken, and ignored: it is of --lazy-pages' },
      { name: 'page-server', value: 'ADDRESS:PORT', about: 'refused: memory goes by files' },
    ],
    run: async (parsed, containers) => {
      const { checkpoint } = await import('../checkpoint/checkpoint.js')
      const isOn = (name: string): boolean => parsed.options.has(name)
      await checkpoint(containers, {
        ...wishOf(parsed),
        parent: one(parsed, 'parent-path') ?? null,
        preDump: isOn('pre-dump'),
        leaveRunning: isOn('leave-running'),
        tcpSkipInFlight: isOn('tcp-skip-in-flight'),
        linkRemap: isOn('link-remap'),
      })
      return 0
    },
  },
  restore: {
    about: 'Make a container of the files of a checkpoint: it goes on where it was.',
    usage: 'ID',
    options: [
      { name: 'bundle', short: 'b', value: 'DIR', about: 'where config.json is (default: here)' },
      ...both,
      { name: 'detach', short: 'd', about: 'do not wait for its end' },
      { name: 'pid-file', value: 'FILE', about: "where init's pid is written" },
      { name: 'console-socket', value: 'SOCKET', about: 'who takes the master of its terminal' },
      { name: 'no-subreaper', about: 'taken: nobody here makes itself one' },
      { name: 'no-pivot', about: 'refused: criu pivots into the root' },
      { name: 'lsm-profile', value: 'TYPE:NAME', about: 'refused: no AppArmor or SELinux here' },
      { name: 'lsm-mount-context', value: 'CONTEXT', about: 'refused: no SELinux here' },
    ],
    run: async (parsed, containers) => {
      const { restore } = await import('../checkpoint/restore.js')
      return restore(containers, {
        ...wishOf(parsed),
        bundle: one(parsed, 'bundle') ?? process.cwd(),
        pidFile: one(parsed, 'pid-file') ?? null,
        consoleSocket: one(parsed, 'console-socket') ?? null,
        detach: parsed.options.has('detach'),
      })
    },
  },
}

/** @throws MiniDockerError */
function refuse({ options }: Parsed): void {
  const refused = ['lazy-pages', 'page-server', 'no-pivot', 'lsm-profile', 'lsm-mount-context'].find(name =>
    options.has(name),
  )
  if (refused !== undefined) fail('Unsupported', { what: `--${refused}`, why: 'is not supported' })
  const namespace = options.get('empty-ns')?.find(type => type !== 'network')
  if (namespace !== undefined)
    fail('InvalidArgument', { what: `--empty-ns '${namespace}'`, why: 'is not supported', hint: 'network' })
}

const absolute = (directory: string | undefined): string | null =>
  directory === undefined ? null : path.resolve(directory)
