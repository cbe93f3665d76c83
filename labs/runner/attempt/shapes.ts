/**
 * What a step's fields may hold, op by op, as TypeScript's types say it (core/plan/step.ts), for steps that come out of the
 * sandbox: `as never` gets anything past the compiler, and graders read fields as what they are declared to be.
 */

import type { ChildFields, HostFields } from '#core/plan/step'
import { hookKinds } from '#core/spec/runtime'
import {
  capabilities,
  cloneFlags,
  errnos,
  ioClasses,
  memoryPolicies,
  memoryPolicyFlags,
  mountAttributes,
  mountFlags,
  personalities,
  resourceLimits,
  schedulingFlags,
  schedulingPolicies,
  seccompFlags,
  signals,
  unmountFlags,
} from '#core/sys/constants'

export type Shape = (value: unknown) => boolean
type Fields = ChildFields & HostFields
/** Put in by the tool itself: where lanes change, and where tests want a failure. */
type Own = 'yield' | 'fault'

/** The kernel reads a path to the first zero byte. */
export const text: Shape = value => typeof value === 'string' && !value.includes('\0')
export const number: Shape = value => Number.isInteger(value)
export const yesOrNo: Shape = value => typeof value === 'boolean'
export const or =
  (...shapes: readonly Shape[]): Shape =>
  value =>
    shapes.some(shape => shape(value))
export const nothing: Shape = value => value === null
export const left: Shape = value => value === undefined
export const list =
  (shape: Shape): Shape =>
  value =>
    Array.isArray(value) && value.every(shape)
export const oneOf =
  (...words: readonly string[]): Shape =>
  value =>
    words.some(word => word === value)
const keyOf = (table: object): Shape => oneOf(...Object.keys(table))
export const record =
  (shapes: Readonly<Record<string, Shape>>): Shape =>
  value =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(shapes).every(([name, shape]) => shape((value as Readonly<Record<string, unknown>>)[name]))

const texts = list(text)
const numbers = list(number)
const fd = oneOf('root', 'target', 'tree', 'cgroup')
const of = oneOf('stage', 'init')
const process = record({ of })
const maps = list(record({ containerID: number, hostID: number, size: number }))
const words = list(or(text, process))
export const tolerated = or(left, list(keyOf(errnos)))

export const shapes: {
  readonly [O in Exclude<keyof Fields, Own>]: { readonly [F in keyof Fields[O]]-?: Shape }
} = {
  setns: { fd, flags: list(keyOf(cloneFlags)) },
  unshare: { flags: list(keyOf(cloneFlags)) },
  join: { path: text, flag: keyOf(cloneFlags) },
  open_cgroup: { path: text },
  drop_bounding: { keep: list(keyOf(capabilities)) },
  keep_caps: {},
  capset: {
    effective: list(keyOf(capabilities)),
    permitted: list(keyOf(capabilities)),
    inheritable: list(keyOf(capabilities)),
  },
  ambient: { capabilities: list(keyOf(capabilities)) },
  no_new_privs: {},
  seccomp: { filter: numbers, flags: list(keyOf(seccompFlags)) },
  mask: { target: text },
  readonly_path: { target: text },
  open_gate: { path: text },
  wait_gate: { name: text },
  fork: { into: or(left, oneOf('cgroup')) },
  die_with_parent: { signal: keyOf(signals) },
  setsid: {},
  sethostname: { name: text },
  setdomainname: { name: text },
  link_up: { name: text },
  write: { path: text, data: text },
  chroot: { path: text },
  chdir: { path: text },
  fchdir: { fd },
  mkdir_plain: { path: text, mode: number },
  propagation: { path: text, flags: list(keyOf(mountFlags)) },
  bind_root: { path: text },
  mount_root: {
    source: or(nothing, text),
    path: text,
    fstype: or(nothing, text),
    flags: list(keyOf(mountFlags)),
    data: or(nothing, text),
  },
  move_root: { fd, path: text },
  open_root: { path: text },
  mkdir: { target: text, mode: number },
  mknod: { target: text, type: oneOf('file', 'char', 'block', 'fifo'), mode: number, device: or(left, numbers) },
  chown: { target: text, uid: number, gid: number },
  symlink: { holds: text, target: text },
  mount: {
    source: or(nothing, text),
    target: text,
    fstype: or(nothing, text),
    flags: list(keyOf(mountFlags)),
    data: or(nothing, text),
  },
  attach_mount: { target: text },
  mount_copy_up: { source: text, target: text, flags: list(keyOf(mountFlags)), data: text, owned: yesOrNo },
  mount_setattr: {
    target: text,
    set: list(keyOf(mountAttributes)),
    clear: list(keyOf(mountAttributes)),
    recursive: yesOrNo,
  },
  console: { rows: number, columns: number, owner: number },
  pivot_root: { newRoot: text, putOld: text },
  umount: { path: text, flags: list(keyOf(unmountFlags)) },
  setgroups: { gids: numbers },
  setresgid: { gid: number },
  setresuid: { uid: number },
  umask: { mask: number },
  setrlimit: { resource: keyOf(resourceLimits), soft: or(nothing, number), hard: or(nothing, number) },
  scheduler: {
    policy: keyOf(schedulingPolicies),
    flags: list(keyOf(schedulingFlags)),
    nice: number,
    priority: number,
    runtime: number,
    deadline: number,
    period: number,
  },
  io_priority: { class: keyOf(ioClasses), priority: number },
  personality: { domain: keyOf(personalities) },
  set_mempolicy: { mode: keyOf(memoryPolicies), flags: list(keyOf(memoryPolicyFlags)), nodes: text },
  session_keyring: { name: text },
  check_cwd: { path: text },
  preserve_fds: { count: number },
  lookup: { candidates: texts },
  close_fds: { from: number },
  supervise: {},
  execve: { args: texts, env: texts },
  write_file: { path: text, data: text, mode: number },
  remove_file: { path: text },
  make_fifo: { path: text, mode: number },
  hook: {
    kind: oneOf(...hookKinds),
    index: number,
    hook: record({ path: text }),
    state: record({}),
    inside: or(left, list(keyOf(cloneFlags))),
  },
  write_pid: { path: text, of },
  set: { path: text, data: text, previous: text },
  hold: { resource: text, user: text },
  release: { resource: text, user: text },
  write_proc: { of, file: oneOf('uid_map', 'gid_map', 'setgroups', 'oom_score_adj'), data: text },
  newidmap: { of, tool: text, ranges: list(numbers) },
  mount_rootfs: { path: text },
  unmount_rootfs: { path: text },
  idmap_tree: { path: text, of },
  idmap_mount: {
    source: text,
    of,
    mappings: or(nothing, record({ uid: maps, gid: maps })),
    tree: yesOrNo,
    deep: yesOrNo,
  },
  overlay_tree: {
    base: text,
    lower: list(text),
    upper: or(nothing, text),
    work: or(nothing, text),
    options: list(text),
    of,
  },
  ip_batch: {
    lines: list(or(text, words)),
    netns: or(left, process),
    inverse: or(left, record({ lines: texts, tolerate: list(keyOf(errnos)) })),
  },
  move_link: { name: text, as: text, to: of },
  nft: { script: text, inverse: or(left, text) },
  spawn_helper: { argv: words, ready: record({ of, file: text, line: text }), pidFile: text },
  make_cgroup: { path: text },
  remove_cgroup: { path: text, kill: yesOrNo },
  write_cgroup: { path: text, data: text, asked: text },
  join_cgroup: { path: text, of },
  sched_setaffinity: { of, cpus: text },
  enable_controllers: { path: text, controllers: texts },
  disable_controllers: { path: text, controllers: texts, alone: text },
  move_processes: { from: text, to: text },
  device_filter: {
    path: text,
    program: list(record({ code: number, dst: number, src: number, off: number, imm: number })),
  },
  tc_batch: { lines: texts, netns: or(left, process) },
  end_helper: { pidFile: text },
}
