/**
 * What CRIU is asked to do with a container: options of the command line, and what the container is, become its options. Pure. Source:
 * criu(8); runc(8) "runc-checkpoint", "runc-restore"; what runc asks for beside is asked for here, too.
 */

import { fail } from '#core/errors'
import type { Spec } from '#core/spec/runtime'
import {
  type Bind,
  joinedNamespaces,
  mountsByName,
  namedMounts,
  namedNamespaces,
  namespaceFds,
  type Place,
} from './external.js'
import type { CriuOptions } from './messages.js'

/** Of both commands. */
export interface CriuWish {
  readonly shellJob: boolean
  readonly fileLocks: boolean
  readonly tcpEstablished: boolean
  readonly extUnixSk: boolean
  readonly autoDedup: boolean
  readonly cgroupsMode: string
}

export interface DumpWish extends CriuWish {
  readonly preDump: boolean
  readonly leaveRunning: boolean
  readonly tcpSkipInFlight: boolean
  readonly linkRemap: boolean
  /** Images of a dump before, by a path from these: what has not changed since is not written again. */
  readonly parent: string | null
}

/** Open directories: of the images, and of the log. */
export interface Directories {
  readonly images: number
  readonly work: number | null
}

const cgroupModes: Readonly<Record<string, number>> = { '': 6, ignore: 0, soft: 3, full: 4, strict: 5 }

/** @throws MiniDockerError InvalidArgument */
export function cgroupMode(word: string): number {
  const mode = cgroupModes[word]
  if (mode !== undefined) return mode
  return fail('InvalidArgument', {
    what: `--manage-cgroups-mode '${word}'`,
    why: 'is none',
    hint: 'soft, full, strict or ignore',
  })
}

const CLONE_NEWNET = 0x40000000
const LOG_DEBUG = 4

/** The network is made anew, by hooks or the engine, as it was at the first start: CRIU brings its namespace alone. */
const usual = (
  wish: CriuWish,
  { annotations = {} }: Spec,
  { images, work }: Directories,
  log: string,
): CriuOptions => ({
  images_dir_fd: images,
  ...(work === null ? {} : { work_dir_fd: work }),
  log_level: LOG_DEBUG,
  log_file: log,
  config_file:
    annotations['org.criu.config'] === '' ? undefined : (annotations['org.criu.config'] ?? '/etc/criu/runc.conf'),
  manage_cgroups: true,
  manage_cgroups_mode: cgroupMode(wish.cgroupsMode),
  empty_ns: CLONE_NEWNET,
  orphan_pts_master: true,
  shell_job: wish.shellJob,
  file_locks: wish.fileLocks,
  tcp_established: wish.tcpEstablished,
  ext_unix_sk: wish.extUnixSk,
  auto_dedup: wish.autoDedup,
})

/** A container that runs, as it is looked up. */
export interface Running {
  readonly spec: Spec
  readonly init: number
  /** What its standard streams were when it was made. */
  readonly descriptors: readonly string[]
  readonly binds: readonly Bind[]
  readonly places: ReadonlyMap<string, Place | null>
  /** The directory of its freezer: null where there is none. */
  readonly freezer: string | null
  readonly inodeOf: (path: string) => number
}

/** A dump of the memory alone needs to know nothing of files. */
export function dumpOptions(wish: DumpWish, running: Running, directories: Directories, log: string): CriuOptions {
  const { spec, init, descriptors, binds, places, freezer, inodeOf } = running
  return {
    ...usual(wish, spec, directories, log),
    pid: init,
    root: spec.root.path,
    leave_running: wish.leaveRunning,
    tcp_skip_in_flight: wish.tcpSkipInFlight,
    link_remap: wish.linkRemap,
    ...(wish.parent === null ? {} : { parent_img: wish.parent, track_mem: true }),
    ...(freezer === null ? {} : { freeze_cgroup: freezer }),
    external: [...namedNamespaces(spec, inodeOf), ...descriptors.filter(isFile)],
    ...(wish.preDump ? {} : { ext_mnt: namedMounts(binds, spec, places) }),
  }
}

/** A pipe needs no such word: CRIU finds by itself that nobody inside has its other end. */
const isFile = (descriptor: string): boolean => descriptor.startsWith('file[')

/** What a restore begins with. */
export interface Restoring {
  readonly spec: Spec
  readonly binds: readonly Bind[]
  /** Of the container that was dumped. */
  readonly descriptors: readonly string[]
  /** The first of the fds that are namespaces. */
  readonly firstNamespace: number
  /** The cgroups that CRIU is in by then, and the container with it: /proc/<pid>/cgroup. */
  readonly cgroups: string
}

export function restoreOptions(
  wish: CriuWish,
  restoring: Restoring,
  directories: Directories,
  log: string,
): CriuOptions {
  const { spec, binds, descriptors, firstNamespace, cgroups } = restoring
  // they lead out of the container: now they are what we are given ourselves
  const streams = descriptors.flatMap((key, fd) => (isFile(key) || key.startsWith('pipe:') ? [{ key, fd }] : []))
  return {
    ...usual(wish, spec, directories, log),
    root: spec.root.path,
    notify_scripts: true,
    rst_sibling: true,
    evasive_devices: true,
    ext_mnt: mountsByName(binds, spec),
    inherit_fd: [...streams, ...namespaceFds(spec, firstNamespace)],
    join_ns: joinedNamespaces(spec),
    cg_root: cgroupRoots(cgroups),
  }
}

/** proc_pid_cgroup(5), `4:cpu,cpuacct:/path`: one root for each controller; v2 has the empty name. */
const cgroupRoots = (text: string): { ctrl: string; path: string }[] =>
  [...text.matchAll(/^\d+:([^:]*):(.*)$/gm)].flatMap(([, controllers = '', path = '']) =>
    controllers.split(',').map(ctrl => ({ ctrl, path })),
  )
