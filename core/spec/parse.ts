/**
 * parse: the text of a config.json → Spec, or an error that names the place in it.
 *
 * What is checked is what runtime.ts types, by the words of the runtime-spec (config.md, config-linux.md). Fields that are
 * not typed there stay in the result: whether somebody understands them is for the chapter to say (core/chapter.ts).
 */

import { fail } from '#core/errors'
import {
  ioClasses,
  memoryPolicies,
  memoryPolicyFlags,
  personalities,
  schedulingFlags,
  schedulingPolicies,
} from '#core/sys/constants'
import { mounting, needs } from './namespace-needs.js'
import { numbersOf } from './numbers.js'
import { linuxResources, rlimits } from './resources.js'
import {
  hookKinds,
  type Mount,
  type NamespaceType,
  type Process,
  type Resources,
  rootfsPropagations,
  type Spec,
} from './runtime.js'
import { boolean, type Check, integer, list, map, object, oneOf, refuse, text, where } from './schema.js'
import { linuxSeccomp, withExactArguments } from './seccomp.js'

const U32 = 2 ** 32 - 1
const u32 = integer(0, U32)
/** setresuid(2) reads -1 as "leave this id alone", and the last u32 is -1: who asked for it would stay root. */
const id = where(u32, value => value !== U32, `${U32} is -1 to setresuid(2): no id`)

const absolute = where(text, path => path.startsWith('/'), 'must be an absolute path')
const filled = where(text, value => value !== '', 'must not be empty')

/** semver.org, its grammar: three numbers without leading zeros, then perhaps `-pre.release` and `+build`. */
const number = '(?:0|[1-9]\\d*)'
const prerelease = `(?:${number}|\\d*[A-Za-z-][\\dA-Za-z-]*)`
export const semver = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-${prerelease}(?:\\.${prerelease})*)?(?:\\+[\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*)?$`,
)

const user = object({ uid: id, gid: id }, { umask: integer(0, 0o777), additionalGids: list(id) })

/** Of processors, of memory nodes. */
const numbers = where(text, list => numbersOf(list) !== null, 'must be a list of numbers, like 0-3,7')
const time = integer(0, Number.MAX_SAFE_INTEGER)
const namesOf = <T extends object>(table: T): (keyof T & string)[] => Object.keys(table) as (keyof T & string)[]

/** config.md#posix-process */
const process = object(
  { user, args: list(text, { atLeast: 1 }), cwd: absolute },
  {
    env: list(where(text, entry => entry.indexOf('=') > 0, 'must be KEY=VALUE')),
    terminal: boolean,
    rlimits,
    oomScoreAdj: integer(-1000, 1000),
    consoleSize: object({ height: u32, width: u32 }, {}),
    capabilities: object(
      {},
      {
        bounding: list(text),
        effective: list(text),
        permitted: list(text),
        inheritable: list(text),
        ambient: list(text),
      },
    ),
    noNewPrivileges: boolean,
    apparmorProfile: text,
    selinuxLabel: text,
    scheduler: object(
      { policy: oneOf(...namesOf(schedulingPolicies)) },
      {
        nice: integer(-20, 19),
        priority: integer(0, 99),
        flags: list(oneOf(...namesOf(schedulingFlags))),
        runtime: time,
        deadline: time,
        period: time,
      },
    ),
    execCPUAffinity: object({}, { initial: numbers, final: numbers }),
    ioPriority: object({ class: oneOf(...namesOf(ioClasses)), priority: integer(0, 7) }, {}),
  },
)

const idMapping = where(
  object({ containerID: id, hostID: id, size: integer(1, U32) }, {}),
  ({ containerID, hostID, size }) => Math.max(containerID, hostID) + size <= U32,
  `the range goes past ${U32 - 1}, the last id`,
)

const mount = object(
  { destination: filled },
  { type: text, source: text, options: list(text), uidMappings: list(idMapping), gidMappings: list(idMapping) },
)

/** config.md#mounts: for old tools' sake a destination may be relative, and is one below / then. */
const fromRoot = (mount: Mount): Mount =>
  mount.destination.startsWith('/') ? mount : { ...mount, destination: `/${mount.destination}` }

const types = [
  'mount',
  'pid',
  'uts',
  'ipc',
  'network',
  'user',
  'cgroup',
  'time',
] as const satisfies readonly NamespaceType[]
const namespace = object({ type: oneOf(...types) }, { path: absolute })

/** config-linux.md#namespaces: "duplicate namespaces with same type" is an error. */
const namespaces: Check<readonly { readonly type: NamespaceType }[]> = (value, at) => {
  const entries = list(namespace)(value, at)
  entries.forEach(({ type }, i) => {
    const isFirst = entries.findIndex(entry => entry.type === type) === i
    if (!isFirst) refuse(`${at}[${i}].type`, `'${type}' is there twice`)
  })
  return entries
}

const clock = object(
  {},
  { secs: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), nanosecs: integer(0, 999_999_999) },
)
const timeOffsets: Check<unknown> = (value, at) => {
  for (const name of Object.keys(map(clock)(value, at))) oneOf('monotonic', 'boottime')(name, `${at}.${name}`)
}

const device = object(
  { type: oneOf('c', 'b', 'u', 'p'), path: absolute },
  { major: integer(0, 0xfff), minor: integer(0, 0xfffff), fileMode: integer(0, 0xffffffff), uid: id, gid: id },
)

/** dev_valid_name() of the kernel, net/core/dev.c: all that ip(8) is given of it is one word. */
const deviceName = where(
  text,
  name => Buffer.byteLength(name) < 16 && /^(?!\.{1,2}$)[^\s/:]+$/.test(name),
  'must be the name of a network device: 1 to 15 bytes without / : and blanks',
)
/** '' for a name is none. */
const netDevices: Check<unknown> = (value, at) => {
  const devices = map(object({}, { name: text }))(value, at)
  for (const [name, { name: inside = '' }] of Object.entries(devices)) {
    deviceName(name, `${at}.${name}`)
    if (inside !== '') deviceName(inside, `${at}.${name}.name`)
  }
}

/** No way up: what it names is made, and removed with all that is in it. */
const cgroupsPath = where(
  text,
  path => path === '' || (!path.split('/').includes('..') && /[^/]/.test(path)),
  'must name a cgroup below the top, without ..',
)

const linux = object(
  {},
  {
    namespaces,
    uidMappings: list(idMapping),
    gidMappings: list(idMapping),
    timeOffsets,
    cgroupsPath,
    resources: linuxResources,
    maskedPaths: list(absolute),
    readonlyPaths: list(absolute),
    seccomp: linuxSeccomp,
    sysctl: map(text),
    devices: list(device),
    netDevices,
    rootfsPropagation: oneOf(...rootfsPropagations, ...rootfsPropagations.map(word => `r${word}` as const)),
    memoryPolicy: object(
      { mode: oneOf(...namesOf(memoryPolicies)) },
      { nodes: numbers, flags: list(oneOf(...namesOf(memoryPolicyFlags))) },
    ),
    personality: object({ domain: oneOf(...namesOf(personalities)) }, {}),
  },
)

const hook = object(
  { path: absolute },
  { args: list(text), env: list(text), timeout: integer(1, Number.MAX_SAFE_INTEGER) },
)
const hooks = object({}, Object.fromEntries(hookKinds.map(kind => [kind, list(hook)])))

const config = object(
  {
    ociVersion: where(text, version => semver.test(version), 'must be a version as of semver.org, like 1.2.1'),
    root: object({ path: filled }, { readonly: boolean }),
    process,
  },
  { hostname: text, domainname: text, mounts: list(mount), annotations: map(text), hooks, linux },
) as Check<Spec>

export interface Liberties {
  /** A spec may have mounts without a namespace for them: the caller takes them off the host again. */
  readonly mountsOnHost?: boolean
}

/** Writers of JSON say '' for a cgroupsPath that is not given. */
function withoutEmptyPath(spec: Spec): Spec {
  if (spec.linux?.cgroupsPath !== '') return spec
  const { cgroupsPath: _, ...linux } = spec.linux
  return { ...spec, linux }
}

/** @throws MiniDockerError (InvalidArgument) that names the first place which is wrong */
export function parseSpec(json: unknown, { mountsOnHost = false }: Liberties = {}): Spec {
  const spec = config(json, '')
  for (const [field, type, isSet] of mountsOnHost ? needs : [...needs, ...mounting]) {
    const isolated = spec.linux?.namespaces?.some(entry => entry.type === type) === true
    if (isSet(spec) && !isolated) refuse(field, `without a ${type} namespace it would be the host's`)
  }
  const asked = withoutEmptyPath(spec)
  return asked.mounts === undefined ? asked : { ...asked, mounts: asked.mounts.map(fromRoot) }
}

/** A process alone, as `exec --process` is given it. */
export const parseProcess = (json: unknown): Process => process(json, 'process') as Process

/** Limits alone, as `update` is given them. */
export const parseResources = (json: unknown): Resources => linuxResources(json, 'linux.resources')

/** The same from a file's text. */
export function readSpec(json: string, liberties: Liberties = {}): Spec {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    fail('InvalidArgument', { what: 'config.json', why: `is no JSON: ${(cause as Error).message}`, cause })
  }
  return parseSpec(withExactArguments(value, json), liberties)
}
