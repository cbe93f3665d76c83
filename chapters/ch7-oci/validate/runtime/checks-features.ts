/** features.md, features-linux.md: what a runtime says that it can, it can. Saying so is optional. */

import * as fs from 'node:fs'
import { semver } from '#core/spec/parse'
import { capabilities } from '#core/sys/constants'
import { ownBoundingSet } from '../../process/bounding-set.js'
import { broken, type Check, same, skip } from './check.js'
import { type Changes, more, usualNamespaces } from './config.js'
import type { Said } from './invoke.js'
import type { Room } from './room.js'

type Json = Record<string, unknown>

const said = new WeakMap<Room, Promise<Said>>()

/** Asked for once. */
export async function featuresOf(room: Room): Promise<Json> {
  const asked = said.get(room) ?? room.call(['features'])
  said.set(room, asked)
  const { code, stdout } = await asked
  if (code !== 0) skip('it says nothing of its features')
  try {
    return JSON.parse(stdout)
  } catch {
    return broken('it prints no JSON')
  }
}

const at = (json: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Json | undefined)?.[key], json)

/** null and absence say: not known. */
async function listOf(room: Room, path: string): Promise<string[]> {
  const list = at(await featuresOf(room), path)
  if (list === undefined || list === null) skip(`it says nothing of ${path}`)
  if (!Array.isArray(list) || list.some(one => typeof one !== 'string')) broken(`${path} is no list of strings`)
  return list
}

/** A container can be created with such a change. */
async function takes(room: Room, what: string, changes: Changes): Promise<void> {
  const container = room.container('true', changes)
  const { code, why } = await container.create()
  if (code !== 0) broken(`${what}: ${why}`)
  await container.remove()
}

/** Options that mean something in a pair alone, or need what this machine may not have. */
const special =
  /^(?:idmap|ridmap|(?:r)?(?:bind|private|shared|slave|unbindable)|remount|tmpcopyup|copy-symlink|src-nofollow|dest-nofollow)$/

/** A filter is for machines of one order of bytes, and ours have the little one: libseccomp refuses to mix them. */
const bigEndian = /^SCMP_ARCH_(?:S390X?|MIPS(?:64(?:N32)?)?|PPC(?:64)?|PARISC(?:64)?|M68K|SHEB)$/

/** What can be given on: knowing a name is one thing, having the right another. */
const isOurs = (name: string): boolean => {
  const number = capabilities[name as keyof typeof capabilities]
  return number === undefined || (ownBoundingSet() & (1n << BigInt(number))) !== 0n
}

/** Of memory policies: those that came since Linux 3.8, a kernel need not have. */
const isOld = (name: string): boolean => !/_(WEIGHTED_INTERLEAVE|PREFERRED_MANY|NUMA_BALANCING)$/.test(name)

/** Calls that nobody makes here, so that the process lives whatever is done of them. */
const rare = ['personality', 'acct', 'quotactl', 'swapon', 'swapoff', 'reboot', 'syslog', 'vhangup', 'sysfs', 'ustat']

const known: readonly string[] = [
  ...['ociVersionMin', 'ociVersionMax', 'hooks', 'mountOptions', 'linux', 'annotations'],
  'potentiallyUnsafeConfigAnnotations',
]
const knownOfLinux: readonly string[] = [
  ...['namespaces', 'capabilities', 'cgroup', 'seccomp', 'apparmor', 'selinux', 'intelRdt', 'memoryPolicy'],
  ...['mountExtensions', 'netDevices'],
]

const seccomp = (more: object) => ({ 'linux.seccomp': { defaultAction: 'SCMP_ACT_ALLOW', ...more } })

/** Rows that differ only in the list and in what is made of it. */
const recognized = (
  id: string,
  section: string,
  path: string,
  change: (names: readonly string[]) => Changes,
): Check => ({
  id: `features-${id}`,
  section,
  must: `every one of the ${path} that the runtime says to know is taken`,
  ask: async room => takes(room, path, change(await listOf(room, path))),
})

const seccompSection = 'features-linux.md#seccomp'

export const featureChecks: readonly Check[] = [
  {
    id: 'features-versions',
    section: 'features.md#specification-version',
    must: 'ociVersionMin and ociVersionMax are versions, in this order, and each is taken as ociVersion',
    ask: async room => {
      const features = await featuresOf(room)
      const versions = ['ociVersionMin', 'ociVersionMax'].map(name => String(features[name]))
      for (const version of versions) if (!semver.test(version)) broken(`'${version}' is no version`)
      const [least, most] = versions.map(version => version.split(/[.-]/).slice(0, 3).map(Number))
      const difference = most!.map((number, i) => number - least![i]!).find(number => number !== 0)
      if (difference !== undefined && difference < 0) broken(`${versions[1]} is below ${versions[0]}`)
      for (const ociVersion of versions) await takes(room, ociVersion, { ociVersion })
    },
  },
  {
    id: 'features-known',
    section: 'features.md#specification-version',
    must: 'there are no properties that the specification does not have',
    ask: async room => {
      const { linux, ...features } = await featuresOf(room)
      const extra = [
        ...Object.keys({ ...features }).filter(name => !known.includes(name)),
        ...Object.keys({ ...(linux as Json) }).filter(name => !knownOfLinux.includes(name)),
      ]
      same('unknown', extra, [])
    },
  },
  {
    id: 'features-annotations',
    section: 'features.md#annotations',
    must: 'annotations are strings by keys that are not empty',
    ask: async room => {
      const { annotations } = await featuresOf(room)
      for (const [key, value] of Object.entries((annotations as Json | undefined) ?? {})) {
        if (key === '' || typeof value !== 'string') broken(`'${key}' is ${JSON.stringify(value)}`)
      }
    },
  },
  recognized('hooks', 'features.md#hooks', 'hooks', names => ({
    hooks: Object.fromEntries(names.map(name => [name, [{ path: '/bin/true' }]])),
  })),
  recognized('mount-options', 'features.md#mount-options', 'mountOptions', names => ({
    mounts: more(
      ...names
        .filter(name => !special.test(name))
        .map((name, i) => ({ destination: `/mnt/${i}`, type: 'tmpfs', source: 'tmpfs', options: [name] })),
    ),
  })),
  recognized('namespaces', 'features-linux.md#namespaces', 'linux.namespaces', names => ({
    'linux.namespaces': names.filter(name => name !== 'user').map(type => ({ type })),
    ociVersion: names.includes('time') ? '1.1.0' : '1.0.2',
  })),
  recognized('capabilities', 'features-linux.md#capabilities', 'linux.capabilities', all => {
    const names = all.filter(isOurs)
    return { 'process.capabilities': { bounding: names, permitted: names, effective: names } }
  }),
  {
    id: 'features-seccomp-actions',
    section: seccompSection,
    must: 'every action that the runtime says to know is taken',
    ask: async room => {
      // who is asked has to be there
      const actions = (await listOf(room, 'linux.seccomp.actions')).filter(name => name !== 'SCMP_ACT_NOTIFY')
      await takes(
        room,
        actions.join(),
        seccomp({ syscalls: actions.map((action, i) => ({ names: [rare[i]], action })) }),
      )
    },
  },
  recognized('seccomp-operators', seccompSection, 'linux.seccomp.operators', names =>
    seccomp({
      syscalls: names.map(op => ({
        names: rare.slice(0, 1),
        action: 'SCMP_ACT_ERRNO',
        args: [{ index: 0, value: 77, valueTwo: 77, op }],
      })),
    }),
  ),
  recognized('seccomp-archs', seccompSection, 'linux.seccomp.archs', names =>
    seccomp({ architectures: names.filter(name => !bigEndian.test(name)) }),
  ),
  recognized('seccomp-flags', seccompSection, 'linux.seccomp.supportedFlags', names => seccomp({ flags: names })),
  {
    id: 'features-memory-policy',
    section: 'features-linux.md#memorypolicy',
    since: '1.3.0',
    must: 'every one of the memory policies and of their flags that the runtime says to know is taken',
    needs: () => (fs.existsSync('/proc/self/numa_maps') ? null : 'a kernel that knows memory nodes'),
    ask: async room => {
      for (const mode of (await listOf(room, 'linux.memoryPolicy.modes')).filter(isOld)) {
        const nodes = /_(DEFAULT|LOCAL)$/.test(mode) ? {} : { nodes: '0' }
        await takes(room, mode, { 'linux.memoryPolicy': { mode, ...nodes } })
      }
      for (const flag of (await listOf(room, 'linux.memoryPolicy.flags')).filter(isOld)) {
        await takes(room, flag, { 'linux.memoryPolicy': { mode: 'MPOL_BIND', nodes: '0', flags: [flag] } })
      }
    },
  },
  {
    id: 'features-namespaces-user',
    section: 'features-linux.md#namespaces',
    must: 'so is the user namespace',
    needs: ({ userNamespace }) => (userNamespace.initial ? null : 'no user namespaces of our own'),
    ask: async room => {
      if (!(await listOf(room, 'linux.namespaces')).includes('user')) skip('it does not say that it knows it')
      const ids = [{ containerID: 0, hostID: 100000, size: 65536 }]
      await takes(room, 'user', {
        'linux.namespaces': [...usualNamespaces, 'user'].map(type => ({ type })),
        'linux.uidMappings': ids,
        'linux.gidMappings': ids,
      })
    },
  },
]
