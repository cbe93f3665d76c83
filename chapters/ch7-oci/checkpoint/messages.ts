/**
 * What CRIU is asked and answers: those fields of its messages that are used here. Source: criu's images/rpc.proto; criu.org "RPC".
 *
 * `criu dump` would do to write a container to files. But only who speaks to it over a socket is asked in the middle of a restore: when
 * the namespaces are there and the network has to be laid into them, and when a terminal's master is in need of a holder.
 */

import { decode, encode, type Message, type Shape } from './protobuf.js'

const ask = {
  images_dir_fd: 1,
  pid: 2,
  leave_running: 3,
  ext_unix_sk: 4,
  tcp_established: 5,
  evasive_devices: 6,
  shell_job: 7,
  file_locks: 8,
  log_level: 9,
  log_file: 10,
  notify_scripts: 12,
  root: 13,
  parent_img: 14,
  track_mem: 15,
  auto_dedup: 16,
  work_dir_fd: 17,
  link_remap: 18,
  ext_mnt: [23, { key: 1, val: 2 }],
  cg_root: [25, { ctrl: 1, path: 2 }],
  rst_sibling: 26,
  inherit_fd: [27, { key: 1, fd: 2 }],
  manage_cgroups: 24,
  manage_cgroups_mode: 34,
  external: 37,
  empty_ns: 38,
  join_ns: [39, { ns: 1, ns_file: 2 }],
  freeze_cgroup: 44,
  tcp_skip_in_flight: 46,
  orphan_pts_master: 50,
  config_file: 51,
} as const satisfies Shape

/** All optional; the types are rpc.proto's. */
export type CriuOptions = { readonly [name in keyof typeof ask]?: Message[string] }

const types = { dump: 1, restore: 2, notify: 6, 'pre-dump': 13 } as const
export type Kind = 'dump' | 'pre-dump' | 'restore'

const request: Shape = { type: 1, opts: [2, ask], notify_success: 3 }
const response: Shape = {
  type: 1,
  success: 2,
  restore: [4, { pid: 1 }],
  notify: [5, { script: 1, pid: 2 }],
  cr_errmsg: 9,
}

export const encodeRequest = (kind: Kind, options: CriuOptions): Buffer =>
  encode(request, { type: types[kind], opts: options as Message })

/** To what it tells in between: whether it shall go on. */
export const encodeAnswer = (success: boolean): Buffer =>
  encode(request, { type: types.notify, notify_success: success })

export interface Told {
  /** `setup-namespaces`, `post-restore` … null: this is its last word. */
  readonly script: string | null
  /** Of the restored init, where it is known. */
  readonly pid: number
  readonly success: boolean
  /** What went wrong, of its newer versions. */
  readonly message: string
}

export function decodeTold(bytes: Buffer): Told {
  const { type, success, notify, restore, cr_errmsg } = decode(response, bytes)
  const { script = '', pid = 0 } =
    ((type === types.notify ? notify : restore) as { script?: string; pid?: number } & Message) ?? {}
  return {
    script: type === types.notify ? script : null,
    pid,
    success: success === 1,
    message: String(cr_errmsg ?? ''),
  }
}
