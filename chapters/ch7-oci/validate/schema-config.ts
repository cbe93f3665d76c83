/**
 * The shape of a bundle's config.json. Source: runtime-spec 1.3, config.md and its schema/config-schema.json; a field that the text
 * and the schema tell differently has a line here that says which one counts.
 */

import { hookKinds } from '#core/spec/runtime'
import { idMapping, linux } from './schema-linux.js'
import { freebsd, solaris, vm, windows, zos } from './schema-platforms.js'
import { boolean, from, i32, integer, list, map, matching, object, text, texts, u32, u64, words } from './shape.js'

const positive = integer(1, Number.MAX_SAFE_INTEGER, 'an integer above 0')

const mount = object(
  'config.md#mounts',
  { destination: text },
  { source: text, type: text, options: texts, uidMappings: list(idMapping), gidMappings: list(idMapping) },
)

const linuxProcess = 'config.md#linux-process'

const capabilities = object(
  linuxProcess,
  {},
  { bounding: texts, permitted: texts, effective: texts, inheritable: texts, ambient: texts },
)

const scheduler = object(
  linuxProcess,
  {
    policy: words(
      ...['SCHED_OTHER', 'SCHED_FIFO', 'SCHED_RR', 'SCHED_BATCH', 'SCHED_ISO', 'SCHED_IDLE', 'SCHED_DEADLINE'],
    ),
  },
  {
    nice: i32,
    priority: i32,
    flags: list(
      words(
        'SCHED_FLAG_RESET_ON_FORK',
        'SCHED_FLAG_RECLAIM',
        'SCHED_FLAG_DL_OVERRUN',
        'SCHED_FLAG_KEEP_POLICY',
        'SCHED_FLAG_KEEP_PARAMS',
        'SCHED_FLAG_UTIL_CLAMP_MIN',
        'SCHED_FLAG_UTIL_CLAMP_MAX',
      ),
    ),
    runtime: u64,
    deadline: u64,
    period: u64,
  },
)

/** `user` is no REQUIRED property, but its ids are where it is there, and is not one of Windows. */
const user = object(
  'config.md#posix-platform-user',
  {},
  { uid: u32, gid: u32, umask: u32, additionalGids: list(u32), username: text },
)

const process = object(
  'config.md#process',
  { cwd: text },
  {
    terminal: boolean,
    consoleSize: object('config.md#process', { height: u64, width: u64 }),
    env: texts,
    args: texts,
    commandLine: text,
    user,
    rlimits: list(
      object('config.md#posix-process', {
        type: matching(/^RLIMIT_[A-Z]+$/, 'a name of getrlimit(2): RLIMIT_NOFILE'),
        soft: u64,
        hard: u64,
      }),
    ),
    apparmorProfile: from(linuxProcess, text),
    capabilities,
    noNewPrivileges: from(linuxProcess, boolean),
    oomScoreAdj: from(linuxProcess, integer(-1000, 1000)),
    scheduler,
    selinuxLabel: from(linuxProcess, text),
    // the schema lets priority be away, the text does not
    ioPriority: object(linuxProcess, {
      class: words('IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE'),
      priority: i32,
    }),
    execCPUAffinity: object(linuxProcess, {}, { initial: text, final: text }),
  },
)

const hooksSection = 'config.md#posix-platform-hooks'
const hook = object(hooksSection, { path: text }, { args: texts, env: texts, timeout: positive })

export const config = object(
  'config.md#specification-version',
  { ociVersion: text },
  {
    root: object('config.md#root', { path: text }, { readonly: boolean }),
    mounts: list(mount),
    process,
    hostname: from('config.md#hostname', text),
    domainname: from('config.md#domainname', text),
    hooks: object(hooksSection, {}, Object.fromEntries(hookKinds.map(kind => [kind, list(hook)]))),
    annotations: from('config.md#annotations', map(text)),
    linux,
    freebsd,
    solaris,
    vm,
    windows,
    zos,
  },
)
