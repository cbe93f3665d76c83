/**
 * What the failure of a step means to the user: what to call it, whether it is the program's fault or the tool's, and
 * what to do about it. A table beside that of the ops, with a row only where there is more to say than the call itself.
 */

import { words } from './ops.js'
import type { Op, Step } from './step.js'

interface Row<O extends Op> {
  /** What the user asked for, where that says more than how we went about it. */
  readonly subject?: (step: Step<O>) => string | undefined
  /** Starting the program failed, rather than the tool: 126 and 127 instead of 125. */
  readonly startsProgram?: (step: Step<O>) => boolean
  readonly hint?: (step: Step<O>, errno: string) => string | undefined
}

const unreachable =
  "the container's root must be able to reach it: chmod o+x the directories above, or choose another --rootfs"
const namespaceLimit = 'a limit of /proc/sys/user/max_*_namespaces is reached'
const notDelegated = 'it is not ours to write to: sudo, or systemd-run --user --scope -p Delegate=yes mini-docker …'
const isWorkdir = (step: Step<'chdir'>): boolean => step.phase === 'become'
const leaf = (path = ''): string => path.slice(path.lastIndexOf('/') + 1)
const when =
  (hints: Readonly<Record<string, string>>) =>
  (_: Step, errno: string): string | undefined =>
    hints[errno]

const rows: { readonly [O in Op]?: Row<O> } = {
  lookup: {
    subject: ({ candidates }) => `command '${candidates.length === 1 ? candidates[0] : leaf(candidates[0])}'`,
    startsProgram: () => true,
    hint: ({ candidates }, errno) => {
      if (errno === 'ELOOP') return 'a symlink that leads to itself'
      if (errno !== 'ENOENT') return 'it is there, but it is no file that may be executed: chmod +x'
      return candidates.length > 1
        ? "it is in none of the container's PATH directories"
        : 'there is no such file in the rootfs'
    },
  },
  execve: {
    subject: ({ args }) => `exec '${args[0]}'`,
    startsProgram: () => true,
    hint: when({
      ENOENT: 'the file is there, the interpreter or loader that it names is not in the rootfs',
      ENOEXEC: 'a script without a #! line, or a program for another machine',
      E2BIG: 'arguments and environment are too long',
    }),
  },
  chdir: {
    subject: step => (isWorkdir(step) ? `workdir '${step.path}'` : undefined),
    startsProgram: isWorkdir,
    hint: step => (isWorkdir(step) ? 'make the directory in the rootfs, or choose another --workdir' : undefined),
  },
  check_cwd: {
    subject: ({ path }) => `workdir '${path}'`,
    startsProgram: () => true,
    hint: when({ EXDEV: 'it leads out of the container' }),
  },
  unshare: {
    hint: when({
      ENOSPC: namespaceLimit,
      EUSERS: namespaceLimit,
      EPERM: 'needs root or user namespaces: mini-docker doctor says which',
    }),
  },
  fork: { hint: when({ ENOSPC: namespaceLimit, ENOMEM: namespaceLimit, EAGAIN: 'too many processes: ulimit -u' }) },
  chroot: { hint: when({ EPERM: 'chroot is for root: sudo, or a user namespace, in which everyone can be root' }) },
  bind_root: { hint: when({ EACCES: unreachable }) },
  mount_root: {
    hint: when({
      EACCES: unreachable,
      ENODEV: 'this kernel has no overlay: modprobe overlay, or MINI_DOCKER_SNAPSHOTTER=copying',
      ENOENT: 'a layer is gone: load, build or pull the image again',
    }),
  },
  move_root: { hint: when({ EACCES: unreachable }) },
  mount_rootfs: { subject: ({ path }) => `'${path}' as a mount on the host` },
  idmap_mount: {
    subject: ({ source }) => `an id-mapped mount of '${source}'`,
    hint: when({
      EINVAL: 'its file system cannot be mapped, or is mapped already; Linux 5.12 has it for some, later ones for more',
      EPERM: "it takes root of the host, and a map that is not the host's own",
      ENOENT: 'the source must exist on the host',
    }),
  },
  overlay_tree: {
    subject: () => 'the layers, mapped into a user namespace',
    hint: () => 'that takes Linux 6.15, and a disk that can be mapped: as an ordinary user it works from Linux 5.11 on',
  },
  open_root: { hint: when({ EACCES: unreachable }) },
  mount: {
    hint: ({ flags, data }, errno) => {
      if (errno === 'ENOENT' && flags.includes('MS_BIND')) {
        return 'the source must exist on the host, and no symlink of the rootfs may lead the target to nowhere'
      }
      if (errno !== 'EINVAL' || data === null) return undefined
      return data.includes('gid=')
        ? 'the group is not mapped here: are you root of a user namespace?'
        : `the file system does not take '${data}'`
    },
  },
  make_cgroup: {
    subject: ({ path }) => `cgroup '${path}'`,
    hint: when({
      EROFS: 'the hierarchy is mounted read-only: mount -o remount,rw, in a container --privileged --cgroupns=private',
      EACCES: notDelegated,
      EPERM: notDelegated,
      ENOSPC: 'cgroup.max.descendants of a cgroup above it is reached',
    }),
  },
  write_cgroup: {
    subject: ({ path, asked, data }) => `${asked}: '${data}' to '${path}'`,
    hint: when({
      ENOENT: 'this kernel has no such file: mini-docker doctor says what it can limit; or leave it out',
      EINVAL: 'the kernel does not take that value',
      ERANGE: 'the kernel does not take that value',
      EBUSY: 'it uses more than that already',
      EACCES: 'more than the cgroup above it has, or that may not be written to',
      ENODEV: 'there is no such device',
      EOPNOTSUPP: 'this kernel or disk cannot do it',
      ENXIO: 'there is no such device',
      EPERM: 'only root of the machine may',
    }),
  },
  join_cgroup: {
    subject: ({ path }) => `cgroup '${path}'`,
    hint: when({
      EACCES: notDelegated,
      ENOSPC: 'its cpuset has no processor or no memory',
      EBUSY: 'a cgroup of v2 with controllers for its children holds no processes itself',
      EOPNOTSUPP: 'the cgroup is threaded, or one above it is',
    }),
  },
  move_link: {
    subject: ({ name, as }) => `network device '${name}'${as === name ? '' : `, inside '${as}'`}`,
    hint: when({
      EEXIST: 'another device has that name there',
      ENODEV: 'it has just gone',
      EPERM: 'only root of the machine may move it',
    }),
  },
  set_mempolicy: {
    subject: ({ mode, nodes }) => `memory policy ${mode}, nodes '${nodes}'`,
    hint: when({
      EINVAL: 'not with these nodes or flags: some modes want none, others nodes that the machine and its cpuset have',
      ENOSYS: 'this kernel knows no memory nodes',
    }),
  },
  sched_setaffinity: {
    subject: ({ cpus }) => `processors '${cpus}'`,
    hint: when({ EINVAL: 'none of them is one on which it may run' }),
  },
  enable_controllers: {
    subject: ({ path }) => `controllers of '${path}'`,
    hint: when({
      EBUSY:
        'that cgroup holds processes, and v2 gives controllers only to children of one that holds none: start in a leaf',
      EACCES: notDelegated,
      ENOENT: 'the cgroup above it does not have the controller',
    }),
  },
  move_processes: {
    subject: ({ from }) => `the processes of '${from}'`,
    hint: when({
      EACCES: notDelegated,
      EPERM: notDelegated,
      EBUSY: 'new ones keep coming: start them in a cgroup of their own',
    }),
  },
  device_filter: {
    subject: ({ path }) => `device rules of '${path}'`,
    hint: when({ EPERM: 'loading a program for the kernel is for root: CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN' }),
  },
  tc_batch: {
    subject: ({ lines }) => `bandwidth (--net-rate-in, --net-rate-out): ${lines.join('; ')}`,
    hint: () => 'the kernel needs sch_tbf: modprobe sch_tbf',
  },
  setrlimit: {
    subject: ({ resource }) => `rlimit '${resource.slice(7).toLowerCase()}'`,
    hint: when({
      EPERM: 'a hard limit is raised by CAP_SYS_RESOURCE only, which root of a container may lack',
      EINVAL: 'the soft limit is above the hard one',
    }),
  },
  spawn_helper: {
    subject: ({ argv: [program] }) => `--net bridge by ${leaf(typeof program === 'string' ? program : '')}`,
    hint: () =>
      'it carries the packets through sockets of ours: is there a way out from here (ip route), and a /dev/net/tun?',
  },
  sethostname: { hint: when({ EINVAL: 'a host name has at most 64 bytes' }) },
  setdomainname: { hint: when({ EINVAL: 'a domain name has at most 64 bytes' }) },
  setresuid: { hint: when({ EINVAL: 'the uid is not mapped into the user namespace' }) },
  setresgid: { hint: when({ EINVAL: 'the gid is not mapped into the user namespace' }) },
}

const general = when({
  EXDEV: 'a symlink of the rootfs leads nowhere inside it',
  ELOOP: 'a symlink of the rootfs leads nowhere inside it',
  EPERM: 'not allowed: mini-docker doctor says what this machine permits',
  EACCES: 'not allowed: mini-docker doctor says what this machine permits',
})

/* Looked up by a step, TypeScript sees only the union of the rows. */
const rowOf = (step: Step): Row<Op> => (rows[step.op] ?? {}) as Row<Op>

export const subjectOf = (step: Step, index: number): string => ownSubjectOf(step) ?? `step ${index} ${words(step)}`
/** undefined where there is no more to say than the call itself. */
export const ownSubjectOf = (step: Step): string | undefined => rowOf(step).subject?.(step)
export const startsProgram = (step: Step): boolean => rowOf(step).startsProgram?.(step) ?? false
export const hintFor = (step: Step, errno: string): string | undefined =>
  rowOf(step).hint?.(step, errno) ?? general(step, errno)
