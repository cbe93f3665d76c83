/**
 * linux.devices: nodes beside the usual ones. Whether they may be opened is for the cgroup's rules to say. Root of a user namespace
 * cannot make them: there the host's are bound. Source: config-linux.md "Devices", mknod(2).
 */

import { fail } from '#core/errors'
import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { type Device, isolates } from '#core/spec/runtime'
import { mountPoint } from '../../ch2-namespaces/index.js'

const at = { phase: 'root', by: 'ch7.devices' } as const
const types = { c: 'char', u: 'char', b: 'block', p: 'fifo' } as const

export const specDevices: Pass = (spec, facts) => {
  const bound = isolates(spec, 'user') || !facts.userNamespace.initial
  return (spec.linux?.devices ?? []).flatMap(device => (bound && device.type !== 'p' ? bind(device) : make(device)))
}

function make({ type, path, major, minor, fileMode = 0o666, uid = 0, gid = 0 }: Device): Step[] {
  if (type !== 'p' && (major === undefined || minor === undefined)) {
    fail('InvalidArgument', { what: `linux.devices: '${path}'`, why: 'major and minor are missing' })
  }
  const node: Step = {
    ...at,
    op: 'mknod',
    target: path,
    type: types[type],
    mode: fileMode & 0o7777,
    ...(type === 'p' ? {} : { device: [major!, minor!] as const }),
    tolerate: ['EEXIST'],
    why: 'a device that config.json names',
  }
  const owner: Step = { ...at, op: 'chown', target: path, uid, gid, why: 'whose it is, in there' }
  return [...directoriesOf(path), node, ...(uid === 0 && gid === 0 ? [] : [owner])]
}

const bind = ({ path }: Device): Step[] => [
  ...mountPoint(path, true),
  {
    ...at,
    op: 'mount',
    source: path,
    target: path,
    fstype: null,
    flags: ['MS_BIND'],
    data: null,
    why: "in a user namespace mknod of a device is refused: take the host's",
  },
]

const directoriesOf = (path: string): Step[] => {
  const parent = path.slice(0, path.lastIndexOf('/'))
  return parent === '' ? [] : mountPoint(parent, false)
}
