/** config.md as a document: its version, what is not known, and what is wrong. */

import { type Check, same } from './check.js'
import { refuses } from './ways.js'

export const configChecks: readonly Check[] = [
  {
    id: 'version-wrong',
    section: 'config.md#specification-version',
    must: 'an ociVersion that is no version is an error',
    ask: refuses({ 'not of semver.org': { ociVersion: 'one.two' } }),
  },
  {
    id: 'unknown-properties',
    section: 'config.md#extensibility',
    must: 'properties that the runtime does not know are ignored',
    ask: async room => {
      const unknown = { 'org.example': { deep: [1, null] } }
      const container = room.container('echo it runs', {
        ...unknown,
        'process.nonsuch': unknown,
        'linux.nonsuch': unknown,
        'root.nonsuch': true,
        'linux.resources': { nonsuch: unknown },
      })
      same('it wrote', await container.ran(), 'it runs\n')
    },
  },
  {
    id: 'unknown-annotations',
    section: 'config.md#annotations',
    must: 'annotations that the runtime does not know are ignored',
    ask: async room => {
      const annotations = { 'org.example.one': '1', 'no-domain': '', 'org.example.long': 'x'.repeat(5000) }
      same('it wrote', await room.container('echo it runs', { annotations }).ran(), 'it runs\n')
    },
  },
  {
    id: 'annotations-text',
    section: 'config.md#annotations',
    must: 'a value of an annotation that is no string is an error',
    ask: refuses({ 'a number': { annotations: { 'org.example.key': 7 } } }),
  },
  {
    id: 'invalid-types',
    section: 'config.md#valid-values',
    must: 'values of a wrong type are errors',
    ask: refuses({
      'process.args is a string': { 'process.args': 'sh' },
      'process.user.uid is a string': { 'process.user.uid': 'root' },
      'mounts is an object': { mounts: {} },
      'hostname is a number': { hostname: 7 },
      'root.readonly is a string': { 'root.readonly': 'yes' },
    }),
  },
  {
    id: 'invalid-words',
    section: 'config.md#valid-values',
    must: 'words that the runtime does not know, where it has to act on them, are errors',
    ask: refuses({
      'a type of a namespace': { 'linux.namespaces': [{ type: 'mount' }, { type: 'nonsuch' }] },
      'a propagation of the root': { 'linux.rootfsPropagation': 'nonsuch' },
      'a type of a device': { 'linux.devices': [{ type: 'x', path: '/dev/x', major: 1, minor: 3 }] },
      'an action of seccomp': { 'linux.seccomp': { defaultAction: 'SCMP_ACT_NONSUCH' } },
      'an operator of seccomp': {
        'linux.seccomp': {
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [
            { names: ['getcwd'], action: 'SCMP_ACT_ERRNO', args: [{ index: 0, value: 1, op: 'SCMP_CMP_NONSUCH' }] },
          ],
        },
      },
    }),
  },
  {
    id: 'invalid-host-settings',
    section: 'config.md#valid-values',
    must: "what would change the host's own is an error: hostname and a setting of the network without a namespace of theirs",
    ask: refuses({
      'hostname without uts': {
        hostname: 'the-name',
        'linux.namespaces': ['pid', 'network', 'ipc', 'mount'].map(type => ({ type })),
      },
      'a network setting without network': {
        'linux.namespaces': ['pid', 'uts', 'ipc', 'mount'].map(type => ({ type })),
        'linux.sysctl': { 'net.ipv4.ip_default_ttl': '64' },
      },
    }),
  },
]
