/** The MUSTs of config-linux.md. Pure. */

import { asked, type Must, reasons, unasked } from './must.js'

const rdt = 'needs a processor that has it, and a mounted resctrl'
const device = 'takes a network device away from the host, which a check does not'
const v2 = 'of pure cgroup v2, and a choice of the runtime'

export const mustsOfLinux: readonly Must[] = [
  ...asked('config-linux.md#namespaces', {
    'a path is absolute': 'namespaces-relative',
    'the process is in the namespace of the path': 'namespaces-joined',
    'a path to another type is an error': 'namespaces-wrong-kind',
    'without a path it is new': 'namespaces-new user-namespace time-namespace',
    "what is not listed is the runtime's": 'namespaces-inherited',
    'a type that is there twice is an error': 'namespaces-twice',
  }),
  ...asked('config-linux.md#devices', {
    'devices that are listed are there': 'devices',
    'a file of another kind in the place is an error': 'devices-in-the-way',
  }),
  ...asked('config-linux.md#default-devices', { 'the usual devices are there': 'devices-default' }),
  ...asked('config-linux.md#network-devices', {
    'whether a device can be moved is looked at': 'net-devices-none',
  }),
  ...unasked('config-linux.md#network-devices', device, [
    'devices that are listed are there',
    'a name that is taken is an error',
    'but for a template of a name',
    'addresses are kept',
    'the device is up',
  ]),
  ...unasked('config-linux.md#namespace-lifecycle-and-container-termination', device, [
    'the device is left alone inside',
    'the device is not moved back',
  ]),
  ...unasked('config-linux.md#control-groups', reasons.optional, ['a cgroup that is found to be unfit is an error']),
  ...asked('config-linux.md#cgroups-path', {
    'an absolute path is one below the mount point': 'cgroups-path cgroups-all',
    'the same path leads to the same place': 'cgroups-path-relative cgroups-path',
  }),
  ...unasked('config-linux.md#cgroups-path', reasons.author, ['it is an absolute or a relative path']),
  ...unasked('config-linux.md#cgroups-path', reasons.optional, [
    'a value that the runtime holds for invalid is an error',
  ]),
  ...unasked('config-linux.md#cgroup-ownership', v2, [
    'a file that is to be delegated and is not there is no error',
    'without a list of the kernel the list of the spec counts',
  ]),
  ...asked('config-linux.md#allowed-device-list', { 'rules apply in their order': 'resources-devices-order' }),
  ...unasked('config-linux.md#memory', reasons.optional, [
    'a limit below what is used is rejected when that is looked at',
  ]),
  ...unasked('config-linux.md#cpu', reasons.author, ['quota is not below burst', 'burst is not above quota']),
  ...unasked('config-linux.md#block-io', reasons.author, ['an entry has weight or leafWeight']),
  ...unasked('config-linux.md#rdma', reasons.author, ['an entry has hcaHandles or hcaObjects']),
  ...asked('config-linux.md#unified', {
    'the controllers that are needed are on': 'unified-written',
    'what the runtime does not know is written, too': 'unified-written',
    'a controller that is not there is an error': 'unified-no-controller',
  }),
  ...unasked('config-linux.md#unified', v2, ['a setting of v1 that v2 has no equal of is an error']),
  ...asked('config-linux.md#intelrdt', { 'without resctrl it is an error': 'intel-rdt-none' }),
  ...unasked('config-linux.md#intelrdt', rdt, [
    'the pid is written to tasks',
    'without intelRdt nothing is changed',
    'closID / is the default class',
    'memBwSchema begins with MB:',
    'memBwSchema is one line',
    'an entry of schemata is one line',
    'the rules below are kept',
    'both schemas are written',
    'l3CacheSchema first, memBwSchema last',
    'one schema alone is written',
    'schemata is written',
    'without any of them schemata is not written to',
    'without closID the directory has the ID of the container',
    'a closID that is not there is made',
    'a closID that is there is compared',
    'a closID without schemas is looked for',
    'a closID that is there is taken, one that is not is an error',
    'a directory of the runtime is removed',
    'another is not',
    'enableMonitoring makes a group',
    'which has the ID of the container',
    'and goes with it',
    'a group that cannot be made is an error',
  ]),
  ...asked('config-linux.md#seccomp', {
    'an errno for a default action without one is an error': 'seccomp-no-errno',
    'the socket is a stream of AF_UNIX': 'seccomp-listener',
    'one state is sent over a connection': 'seccomp-listener',
    'the connection is not used again': 'seccomp-listener',
    'and closed afterwards': 'seccomp-listener',
    'a listener that cannot be told is an error': 'seccomp-listener-none',
    'no listenerMetadata without listenerPath': 'seccomp-metadata-alone',
    'a rule has a name': 'seccomp-no-names seccomp-errno seccomp-args',
    'an errno for an action without one is an error': 'seccomp-no-errno',
  }),
  ...asked('config-linux.md#the-container-process-state', {
    'the state is sent as JSON': 'seccomp-listener',
    'fds are sent by SCM_RIGHTS': 'seccomp-listener',
  }),
  ...unasked(
    'config-linux.md#the-container-process-state',
    'a stream does not show where one call ends and the next begins',
    ['fds come with the first call alone'],
  ),
  ...asked('config-linux.md#masked-paths', { 'masked paths are absolute': 'masked-paths masked-paths-relative' }),
  ...asked('config-linux.md#readonly-paths', {
    'read-only paths are absolute': 'readonly-paths readonly-paths-relative',
  }),
]
