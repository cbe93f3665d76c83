/**
 * What config.json asks for and cannot be had: a container without it would not be the one that was asked for. Other fields that
 * nobody here knows are ignored; labels of security modules, which engines send as a matter of course, are told of. Source: runtime.md "Create", config-linux.md "Devices", "IntelRdt".
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { type Device, isolates, type Spec } from '#core/spec/runtime'
import { fileTypes, openFlags } from '#core/sys/constants'
import { type FileStatus, openInRoot, statusAt } from '#core/sys/files'

/** By their places in config.json. */
const notThere: readonly (readonly [place: string, isAsked: (spec: Spec) => boolean])[] = [
  ['linux.intelRdt', ({ linux }) => has(linux, 'intelRdt')],
]

type Asked = Pick<Spec, 'process' | 'linux'>

/** Not done, and told of: whoever relies on one of them has to know. */
const ignored: readonly (readonly [place: string, isAsked: (spec: Asked) => boolean])[] = [
  ['process.apparmorProfile', ({ process }) => 'apparmorProfile' in process],
  ['process.selinuxLabel', ({ process }) => 'selinuxLabel' in process],
  // kernels from 5.16 on have no such limit
  ['linux.resources.memory.kernel', ({ linux }) => (linux?.resources?.memory?.kernel ?? 0) > 0],
  ['linux.mountLabel', ({ linux }) => linux !== undefined && 'mountLabel' in linux],
]

/** @param warn is told the places of what is asked for and not done */
export function warnOfIgnored(spec: Asked, warn: (text: string) => void): void {
  const places = ignored.flatMap(([place, isAsked]) => (isAsked(spec) ? [place] : []))
  if (places.length > 0) warn(`not applied: ${places.join(', ')}`)
}

const has = (fields: object | undefined, name: string): boolean =>
  Object.keys((fields as Readonly<Record<string, object>> | undefined)?.[name] ?? {}).length > 0

/** @throws MiniDockerError Unsupported, FailedPrecondition */
export function refuseImpossible(spec: Spec): void {
  for (const [place, isAsked] of notThere) {
    if (isAsked(spec)) fail('Unsupported', { what: `config.json: ${place}`, why: 'is not there' })
  }
  // in a user namespace the device is bound over whatever file is there
  if (!isolates(spec, 'user')) for (const device of spec.linux?.devices ?? []) refuseInTheWay(device, spec)
}

function refuseInTheWay(device: Device, { root, mounts = [] }: Spec): void {
  const { path } = device
  // what lies below a mount is not what will be there
  if (mounts.some(({ destination }) => `${path}/`.startsWith(`${destination}/`.replace('//', '/')))) return
  const there = look(root.path, path)
  if (there === null || isSame(there, device)) return
  fail('FailedPrecondition', { what: `linux.devices: '${path}'`, why: 'another file is there' })
}

function look(root: string, path: string): FileStatus | null {
  const fds: number[] = []
  try {
    fds.push(fs.openSync(root, openFlags.O_PATH))
    fds.push(openInRoot(fds[0]!, path, openFlags.O_PATH | fs.constants.O_NOFOLLOW))
    return statusAt(fds[1]!, '')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null
    throw error
  } finally {
    for (const fd of fds) fs.closeSync(fd)
  }
}

const types = { c: 'S_IFCHR', u: 'S_IFCHR', b: 'S_IFBLK', p: 'S_IFIFO' } as const

const isSame = ({ type, special }: FileStatus, device: Device): boolean =>
  type === fileTypes[types[device.type]] &&
  (device.type === 'p' || (special[0] === device.major && special[1] === device.minor))
