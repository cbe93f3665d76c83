import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { allConfigRules, inConfig } from '#chapters/ch7-oci/validate/find'
import { type Case, changed, goodConfig, inWords, made, toldOf, unmatched } from '#support/validate'

const noNamespace = (...types: readonly string[]) =>
  (goodConfig().linux as { namespaces: { type: string }[] }).namespaces.filter(({ type }) => !types.includes(type))
const namespaces = 'linux.namespaces'

/** For each rule a change of a good config that breaks it. */
const cases: Readonly<Record<string, Case>> = {
  'version-semver': ['ociVersion', ['ociVersion', '1.2']],
  'version-major': ['ociVersion', ['ociVersion', '2.0.0']],
  'version-stable': ['ociVersion', ['ociVersion', '0.5.0-dev']],
  'version-known': ['ociVersion', ['ociVersion', '1.4.0']],
  'platform-one': ['freebsd', ['freebsd', {}]],
  'root-required': ['root', ['root', undefined]],
  'root-hyperv': ['root', ['windows', { layerFolders: ['C:\\layer'], hyperv: {} }]],
  'root-path-empty': ['root.path', ['root.path', '']],
  'root-path-name': ['root.path', ['root.path', '/var/lib/root']],
  'no-nul': ['process.args[1]', ['process.args', ['sh', 'a\0b']]],
  'mount-destination': ['mounts[1].destination', ['mounts[1].destination', 'sys']],
  'mount-destination-elsewhere': [
    'mounts[0].destination',
    ['linux', undefined],
    ['zos', {}],
    ['mounts[0].destination', 'x'],
  ],
  'mount-bind-source': ['mounts[4]', ['mounts[4].source', undefined]],
  'mount-mappings-both': ['mounts[4]', ['mounts[4].gidMappings', undefined]],
  'mount-mappings-option': ['mounts[4]', ['mounts[4].options', ['rbind']]],
  'mount-idmap': [
    'mounts[4]',
    ['mounts[4].uidMappings', undefined],
    ['mounts[4].gidMappings', undefined],
    [namespaces, noNamespace('user')],
  ],
  'hostname-own': ['hostname', [namespaces, noNamespace('uts')]],
  'domainname-own': ['domainname', [namespaces, noNamespace('uts')]],
  'hook-path': ['hooks.poststop[0].path', ['hooks.poststop[0].path', 'hook']],
  'hook-env': ['hooks.poststop[0].env[0]', ['hooks.poststop[0].env', ['=1']]],
  'hook-prestart': ['hooks.prestart', ['hooks.prestart', [{ path: '/bin/hook' }]]],
  'annotation-key': ['annotations[""]', ['annotations', { '': 'x' }]],
  'annotation-reserved': ['annotations["org.opencontainers.mine"]', ['annotations', { 'org.opencontainers.mine': '' }]],
  'annotation-domain': ['annotations.key', ['annotations', { key: '' }]],
  'process-to-start': ['process', ['process', undefined]],
  'process-cwd': ['process.cwd', ['process.cwd', 'tmp']],
  'process-args': ['process.args', ['process.args', []]],
  'process-command-line': ['process', ['linux', undefined], ['windows', {}], ['process.args', undefined]],
  'process-env': ['process.env[0]', ['process.env', ['PATH']]],
  'process-env-twice': ['process.env[1]', ['process.env', ['A=1', 'A=2']]],
  'process-user': ['process', ['process.user', undefined]],
  'process-user-ids': ['process.user', ['process.user.gid', undefined]],
  'process-user-no-id': ['process.user.additionalGids[1]', ['process.user.additionalGids[1]', 4_294_967_295]],
  'process-umask': ['process.user.umask', ['process.user.umask', 0o1000]],
  'rlimit-twice': ['process.rlimits[1]', ['process.rlimits[1].type', 'RLIMIT_NOFILE']],
  'rlimit-known': ['process.rlimits[1].type', ['process.rlimits[1].type', 'RLIMIT_LUCK']],
  'rlimit-order': ['process.rlimits[1]', ['process.rlimits[1].soft', 1]],
  'capability-known': ['process.capabilities.bounding[0]', ['process.capabilities.bounding', ['CAP_FLY']]],
  'capability-effective': ['process.capabilities.effective[0]', ['process.capabilities.effective', ['CAP_BPF']]],
  'capability-ambient': ['process.capabilities.ambient[0]', ['process.capabilities.inheritable', []]],
  'io-priority': ['process.ioPriority.priority', ['process.ioPriority.priority', 8]],
  'exec-affinity': ['process.execCPUAffinity.final', ['process.execCPUAffinity.final', '3-']],
  'default-filesystems': ['mounts', ['mounts[0].destination', '/elsewhere']],
  'namespace-twice': ['linux.namespaces[1]', ['linux.namespaces[1].type', 'pid']],
  'namespace-path': ['linux.namespaces[7].path', ['linux.namespaces[7].path', 'run/one']],
  'mount-namespace': ['mounts', [namespaces, noNamespace('mount')]],
  'mappings-namespace': ['linux.uidMappings', [namespaces, noNamespace('user')]],
  'mappings-there': ['linux.gidMappings', ['linux.gidMappings', []]],
  'mapping-size': ['mounts[4].uidMappings[0].size', ['mounts[4].uidMappings[0].size', 0]],
  'mapping-range': ['linux.gidMappings[1]', ['linux.gidMappings[1].size', 4_294_967_290]],
  'mapping-overlap': ['linux.uidMappings[1]', ['linux.uidMappings[1].containerID', 999]],
  'time-namespace': ['linux.timeOffsets', [namespaces, noNamespace('time')]],
  'time-clock': ['linux.timeOffsets.realtime', ['linux.timeOffsets', { realtime: {} }]],
  'time-nanoseconds': ['linux.timeOffsets.boottime.nanosecs', ['linux.timeOffsets.boottime.nanosecs', 1_000_000_000]],
  'device-owner': ['linux.devices[0].gid', ['linux.devices[0].gid', 4_294_967_295]],
  'device-path': ['linux.devices[0].path', ['linux.devices[0].path', 'dev/fuse']],
  'device-numbers': ['linux.devices[0]', ['linux.devices[0].minor', undefined]],
  'device-twice': ['linux.devices[1]', ['linux.devices[1]', { type: 'c', path: '/dev/other', major: 10, minor: 229 }]],
  'device-mode': ['linux.devices[0].fileMode', ['linux.devices[0].fileMode', 0o20666]],
  'net-device-namespace': ['linux.netDevices', [namespaces, noNamespace('network')]],
  'net-device-name': ['linux.netDevices.eth5.name', ['linux.netDevices.eth5.name', '..']],
  'net-device-twice': ['linux.netDevices.eth6', ['linux.netDevices.eth5.name', 'eth6']],
  'intel-rdt-l3': ['linux.intelRdt.l3CacheSchema', ['linux.intelRdt.l3CacheSchema', '0=7f0']],
  'intel-rdt-removed': ['linux.intelRdt', ['ociVersion', '1.3.0'], ['linux.intelRdt.enableCMT', true]],
  'memory-policy-nodes': ['linux.memoryPolicy', ['linux.memoryPolicy.mode', 'MPOL_LOCAL']],
  'memory-policy-list': ['linux.memoryPolicy.nodes', ['linux.memoryPolicy.nodes', 'all']],
  'sysctl-own': ['linux.sysctl["vm.swappiness"]', ['linux.sysctl', { 'vm.swappiness': '1' }]],
  'masked-path': ['linux.maskedPaths[0]', ['linux.maskedPaths', ['proc/kcore']]],
  'readonly-path': ['linux.readonlyPaths[0]', ['linux.readonlyPaths', ['proc/sys']]],
  'personality-flags': ['linux.personality.flags', ['linux.personality.flags', ['SHORT_INODE']]],
  'cgroups-path': ['linux.cgroupsPath', ['linux.cgroupsPath', '/our/../../others']],
  'memory-limit': ['linux.resources.memory.limit', ['linux.resources.memory.limit', -2]],
  'pids-limit': ['linux.resources.pids.limit', ['linux.resources.pids.limit', -2]],
  'pids-limit-there': ['linux.resources.pids', ['linux.resources.pids', {}]],
  'memory-swap': ['linux.resources.memory.swap', ['linux.resources.memory.swap', 1024]],
  'memory-kernel': ['linux.resources.memory.kernelTCP', ['linux.resources.memory.kernelTCP', -1]],
  'cpu-burst': ['linux.resources.cpu.burst', ['linux.resources.cpu.burst', 100_001]],
  'cpu-list': ['linux.resources.cpu.mems', ['linux.resources.cpu.mems', '0;1']],
  'block-io-weight': [
    'linux.resources.blockIO.weightDevice[0]',
    ['linux.resources.blockIO.weightDevice', [{ major: 8, minor: 0 }]],
  ],
  'rdma-limit': ['linux.resources.rdma.mlx', ['linux.resources.rdma.mlx', {}]],
  'unified-file': ['linux.resources.unified["../memory.max"]', ['linux.resources.unified', { '../memory.max': '1' }]],
  'seccomp-errno-default': ['linux.seccomp.defaultErrnoRet', ['linux.seccomp.defaultAction', 'SCMP_ACT_KILL']],
  'seccomp-errno': ['linux.seccomp.syscalls[0].errnoRet', ['linux.seccomp.syscalls[0].errnoRet', 1]],
  'seccomp-name': ['linux.seccomp.syscalls[1].names[0]', ['linux.seccomp.syscalls[1].names', ['']]],
  'seccomp-metadata': ['linux.seccomp.listenerMetadata', ['linux.seccomp.listenerPath', undefined]],
  'seccomp-listener': ['linux.seccomp.listenerPath', ['linux.seccomp.listenerPath', undefined]],
  'seccomp-kills-all': ['linux.seccomp', ['linux.seccomp', { defaultAction: 'SCMP_ACT_KILL_PROCESS', syscalls: [] }]],
}

const told = (json: unknown) => inConfig(JSON.stringify(json))

test('nothing is told of a config when it breaks no rule', () => {
  assert.equal(inWords(told(goodConfig())), [])
})

test('every rule about a config has a case when the tables are read', () => {
  assert.equal(unmatched(allConfigRules, cases), [])
})

for (const [id, one] of Object.entries(cases)) {
  test(`${id} is told at its place when a config breaks it`, () => {
    const findings = told(made(goodConfig(), one))
    assert.ok(toldOf(findings, id).includes(one[0]), inWords(findings).join('\n') || 'nothing was told')
  })
}

test('a rule says how strict it is and where it stands when it is read', () => {
  for (const { id, level, rule, section } of allConfigRules) {
    assert.ok(rule.startsWith(`${level} `) && !rule.endsWith('.'), id)
    assert.match(section, /^(config|config-linux|runtime)\.md#[a-z0-9-]+$/, id)
  }
})

test('a config of another platform is not held against rules of Linux when it names that', () => {
  const small = { ociVersion: '1.3.0', root: { path: 'rootfs' }, process: { cwd: '/', args: ['sh'] } }
  for (const platform of ['freebsd', 'solaris', 'zos']) assert.equal(inWords(told({ ...small, [platform]: {} })), [])
  const windows = { layerFolders: ['C:\\layer'] }
  const there = { ...small, root: { path: 'C:\\x' }, process: { cwd: 'C:\\', commandLine: 'cmd' }, windows }
  assert.equal(inWords(told(there)), [])
  assert.equal(toldOf(told({ ...small, linux: {} }), 'process-user'), ['process'])
})

test('ids of a mount are held against the same rules as those of the namespace when they are mapped', () => {
  const map = 'mounts[4].uidMappings'
  const mapped = (...entries: readonly object[]) => inConfig(JSON.stringify(changed(goodConfig(), map, entries)))
  const last = mapped({ containerID: 0, hostID: 4_294_967_295, size: 1 })
  assert.equal(toldOf(last, 'mapping-range'), [`${map}[0]`])
  const one = { containerID: 0, hostID: 5, size: 2 }
  assert.equal(toldOf(mapped(one, { ...one, containerID: 9, hostID: 6 }), 'mapping-overlap'), [`${map}[1]`])
  assert.equal(toldOf(mapped(one), 'mapping-overlap'), [], 'the other map has the same ids')
})

test('a key is told when it stands twice in an object', () => {
  const twice = (text: string) => toldOf(inConfig(text), 'json-key-twice')
  assert.equal(twice('{"a":1,"b":{"a":{"a":2}},"a":3}'), ['a'])
  assert.equal(twice('{"linux":{"x.y":[{"k":"{\\"k\\":"},{"k":1,"\\u006b":2}]}}'), ['linux["x.y"][1].k'])
  assert.equal(twice('{"a":["a","a",{"b":1},{"b":1}],"b":"a"}'), [])
})

test('a text is told to be no JSON when it is none, and nothing else', () => {
  for (const text of ['', '{]', 'nothing', '{"a":1']) {
    assert.equal(
      inConfig(text).map(({ id, at }) => [id, at]),
      [['json', '']],
      text,
    )
  }
  for (const text of ['null', '[]', '1', '"a"']) assert.equal(toldOf(inConfig(text), 'shape-type'), [''], text)
})

test.run()
