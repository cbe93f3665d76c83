/** What steps refer to by type, because it is known only once the plan runs, and other data in them that has a form of its own. */

/** Fds that exist only while the plan runs: the rootfs, the process that exec joins, a detached tree for the root, others for mounts, a cgroup, the exec fifo. */
export type FdRole = 'root' | 'target' | 'tree' | 'mounts' | 'cgroup' | 'gate'

/** A process known only once the plan runs. */
export type ProcessRole = 'stage' | 'init'

/** A line of words, some of which are pids that are known only once the plan runs. */
export type Line = string | readonly (string | { readonly of: ProcessRole })[]

/** An instruction of the kernel's virtual machine: include/uapi/linux/bpf.h, struct bpf_insn. */
export interface Instruction {
  readonly code: number
  readonly dst: number
  readonly src: number
  readonly off: number
  readonly imm: number
}

/** Something is the case once a line of /proc/<of>/<file> matches. */
export interface Sign {
  readonly of: ProcessRole
  readonly file: string
  /** A regular expression. */
  readonly line: string
}
