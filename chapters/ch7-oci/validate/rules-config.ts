/** Rules about config.json that its shape cannot say, of all platforms: version, root, mounts, hooks, annotations. */

import { semver } from '#core/spec/parse'
import { isAbsolute, isAssignment, isLinux, isolates, platformsOf } from './asked.js'
import { type Document, everyKey, everyText, type Found, listsAt, objectsAt, type Rule, textAt } from './rule.js'

/** The last minor version of 1.x whose text these tables follow. */
export const KNOWN_MINOR = 3

const versionOf = (json: unknown): readonly [major: number, minor: number] | null => {
  const version = textAt(json, 'ociVersion') ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return semver.test(version) ? [major, minor] : null
}
const onVersion = (holds: (major: number, minor: number) => boolean) =>
  function* ({ json }: Document): Iterable<Found> {
    const version = versionOf(json)
    if (version !== null && !holds(...version)) yield { at: 'ociVersion', found: textAt(json, 'ociVersion') }
  }

/** Where a program may put the same bytes, no NUL may stand: it ends the word for the kernel. */
const ofTheKernel = [
  ...['process.args[]', 'process.env[]', 'process.cwd', 'root.path', 'hostname', 'domainname'],
  ...['mounts[].destination', 'mounts[].source', 'mounts[].type', 'mounts[].options[]'],
  ...['hooks.*[].path', 'hooks.*[].args[]', 'hooks.*[].env[]', 'linux.devices[].path', 'linux.namespaces[].path'],
  ...['linux.maskedPaths[]', 'linux.readonlyPaths[]', 'linux.cgroupsPath', 'linux.sysctl.*'],
] as const

/** config.md#annotations: what the specification keeps for itself of its own namespace. */
const ownAnnotations = ['os', 'os.version', 'os.features', 'architecture', 'variant', 'author', 'created', 'stopSignal']
const isOurs = (key: string): boolean => ownAnnotations.some(name => key === `org.opencontainers.image.${name}`)
export const isReverseDomain = (key: string): boolean => /^[a-z0-9-]+(\.[\w-]+)+(\/.*)?$/i.test(key)

const isHyperV = (json: unknown): boolean => !objectsAt(json, 'windows.hyperv').next().done
const hasRoot = (json: unknown): boolean => typeof json === 'object' && json !== null && 'root' in json

export const configRules: readonly Rule<Document>[] = [
  {
    id: 'version-semver',
    level: 'MUST',
    section: 'config.md#specification-version',
    rule: 'MUST be a version as of semver.org 2.0.0, like 1.2.1',
    check: everyText('ociVersion', version => semver.test(version)),
  },
  {
    id: 'version-major',
    level: 'MUST',
    section: 'config.md#specification-version',
    rule: 'MUST be of the major version 1: another is not compatible with it',
    check: onVersion(major => major <= 1),
  },
  {
    id: 'version-stable',
    level: 'SHOULD',
    section: 'config.md#specification-version',
    rule: 'SHOULD be 1.0.0 or later: what came before was not stable',
    check: onVersion(major => major !== 0),
  },
  {
    id: 'version-known',
    level: 'SHOULD',
    section: 'config.md#specification-version',
    rule: `SHOULD be at most 1.${KNOWN_MINOR}: a runtime refuses what is newer than itself, and these rules do not know it`,
    check: onVersion((major, minor) => major !== 1 || minor <= KNOWN_MINOR),
  },
  {
    id: 'platform-one',
    level: 'SHOULD',
    section: 'config.md#platform-specific-configuration',
    rule: 'SHOULD be for one platform: each of these sections is for its own',
    *check({ json }) {
      for (const name of platformsOf(json).slice(1)) yield { at: name }
    },
  },
  {
    id: 'root-required',
    level: 'MUST',
    section: 'config.md#root',
    rule: 'MUST be there, on all platforms but Hyper-V',
    *check({ json }) {
      if (!isHyperV(json) && !hasRoot(json)) yield { at: 'root' }
    },
  },
  {
    id: 'root-hyperv',
    level: 'MUST',
    section: 'config.md#root',
    rule: 'MUST NOT be set for a container of Hyper-V',
    *check({ json }) {
      if (isHyperV(json) && hasRoot(json)) yield { at: 'root' }
    },
  },
  {
    id: 'root-path-empty',
    level: 'MUST',
    section: 'config.md#root',
    rule: 'MUST be a path: absolute, or relative to the bundle',
    check: everyText('root.path', path => path !== ''),
  },
  {
    id: 'root-path-name',
    level: 'SHOULD',
    section: 'config.md#root',
    rule: 'SHOULD be rootfs, as is the custom',
    check: ({ json }) =>
      platformsOf(json)[0] === 'windows'
        ? []
        : everyText('root.path', path => path === '' || path === 'rootfs')({ json }),
  },
  {
    id: 'no-nul',
    level: 'MUST',
    section: 'config.md#process',
    rule: 'MUST NOT contain a NUL: to the kernel it is the end of the word',
    check: function* ({ json }) {
      for (const pattern of ofTheKernel) yield* everyText(pattern, word => !word.includes('\0'))({ json })
    },
  },
  {
    id: 'hostname-own',
    level: 'SHOULD',
    section: 'config.md#hostname',
    rule: 'SHOULD come with a uts namespace: without one it is the name of the host',
    check: ({ json }) =>
      isLinux(json) && !isolates(json, 'uts') ? everyText('hostname', name => name === '')({ json }) : [],
  },
  {
    id: 'domainname-own',
    level: 'SHOULD',
    section: 'config.md#domainname',
    rule: 'SHOULD come with a uts namespace: without one it is the name of the host',
    check: ({ json }) =>
      isLinux(json) && !isolates(json, 'uts') ? everyText('domainname', name => name === '')({ json }) : [],
  },
  {
    id: 'hook-path',
    level: 'MUST',
    section: 'config.md#posix-platform-hooks',
    rule: 'MUST be an absolute path',
    check: everyText('hooks.*[].path', isAbsolute),
  },
  {
    id: 'hook-env',
    level: 'MUST',
    section: 'config.md#posix-platform-hooks',
    rule: 'MUST be NAME=VALUE, as in every environment',
    check: everyText('hooks.*[].env[]', isAssignment),
  },
  {
    id: 'hook-prestart',
    level: 'SHOULD',
    section: 'config.md#prestart',
    rule: 'SHOULD be createRuntime, createContainer or startContainer: prestart is deprecated',
    *check({ json }) {
      for (const { at, value } of listsAt(json, 'hooks.prestart')) if (value.length > 0) yield { at }
    },
  },
  {
    id: 'annotation-key',
    level: 'MUST',
    section: 'config.md#annotations',
    rule: 'MUST NOT have an empty key',
    check: everyKey('annotations', key => key !== ''),
  },
  {
    id: 'annotation-reserved',
    level: 'MUST',
    section: 'config.md#annotations',
    rule: `MUST be one of those that the specification defines: ${ownAnnotations.join(', ')}`,
    check: everyKey('annotations', key => !/^org\.opencontainers(\.|$)/.test(key) || isOurs(key)),
  },
  {
    id: 'annotation-domain',
    level: 'SHOULD',
    section: 'config.md#annotations',
    rule: 'SHOULD be named as a domain in reverse: com.example.key',
    check: everyKey('annotations', key => key === '' || isReverseDomain(key)),
  },
]
