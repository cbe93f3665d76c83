/** checkpoint, restore: what CRIU is asked for, in what bytes, and the plan that it has a part in. Nothing is started. */

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { errorsIn } from '#chapters/ch7-oci/checkpoint/criu-log'
import { bindsOf, joinedNamespaces, type Place } from '#chapters/ch7-oci/checkpoint/external'
import { decodeTold, encodeAnswer } from '#chapters/ch7-oci/checkpoint/messages'
import { decode, encode, type Shape } from '#chapters/ch7-oci/checkpoint/protobuf'
import { cgroupMode, dumpOptions, restoreOptions } from '#chapters/ch7-oci/checkpoint/requests'
import { pidFilesOf, restorePlan } from '#chapters/ch7-oci/checkpoint/restore-plan'
import { parts } from '#chapters/ch7-oci/index'
import { MiniDockerError } from '#core/errors'
import { lower } from '#core/plan/lower'
import { isHostStep } from '#core/plan/ops'
import { undo } from '#core/plan/undo'
import type { Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'

const bytes = (...numbers: number[]): string => Buffer.from(numbers).toString('hex')

test('messages are written as protobuf.dev has them', () => {
  const shape: Shape = { a: 1, b: 2, c: [3, { a: 1 }], d: 4 }
  const written = (message: Parameters<typeof encode>[1]): string => encode(shape, message).toString('hex')
  assert.is(written({ a: 150 }), bytes(0x08, 0x96, 0x01))
  assert.is(written({ b: 'testing' }), bytes(0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67))
  assert.is(written({ c: { a: 150 } }), bytes(0x1a, 0x03, 0x08, 0x96, 0x01))
  assert.is(written({ d: [3, 270] }), bytes(0x20, 0x03, 0x20, 0x8e, 0x02))
  assert.is(written({ a: true, b: undefined, c: [] }), bytes(0x08, 0x01))
})

test('what was written is read again, and fields that nobody knows are passed over', () => {
  const inner: Shape = { n: 1, text: 2 }
  const shape: Shape = { n: 1, text: 2, inner: [17, inner] }
  const number = fc.integer({ min: 0, max: 2 ** 40 })
  const small = fc.record({ n: number, text: fc.string({ unit: 'grapheme' }) }, { noNullPrototype: true })
  fc.assert(
    fc.property(fc.record({ n: number, text: fc.string(), inner: small }, { noNullPrototype: true }), message => {
      assert.equal(decode(shape, encode(shape, message)), message)
      assert.equal(decode({ text: 2 }, encode(shape, message)), { text: message.text })
      assert.throws(() => decode(shape, encode(shape, { inner: message.inner }).subarray(0, -1)), RangeError)
    }),
  )
  // fixed64, fixed32
  const fixed = Buffer.from([0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x0d, 1, 2, 3, 4, 0x10, 5])
  assert.equal(decode({ n: 2 }, fixed), { n: 5 })
})

test('what CRIU tells is told apart from its last word', () => {
  const notify = encode(
    { type: 1, success: 2, notify: [5, { script: 1, pid: 2 }] },
    {
      type: 6,
      success: true,
      notify: { script: 'post-restore', pid: 4711 },
    },
  )
  assert.equal(decodeTold(notify), { script: 'post-restore', pid: 4711, success: true, message: '' })
  const last = encode(
    { type: 1, success: 2, restore: [4, { pid: 1 }], message: 9 },
    {
      type: 2,
      success: false,
      restore: { pid: 12 },
      message: 'no',
    },
  )
  assert.equal(decodeTold(last), { script: null, pid: 12, success: false, message: 'no' })
  assert.is(encodeAnswer(true).toString('hex'), bytes(0x08, 6, 0x18, 1))
  assert.is(encodeAnswer(false).toString('hex'), bytes(0x08, 6, 0x18, 0))
})

const facts = cannedFacts.v2
const spec: Spec = {
  ociVersion: '1.2.1',
  root: { path: '/b/rootfs' },
  process: { args: ['sh'], cwd: '/', user: { uid: 0, gid: 0 } },
  hooks: { createRuntime: [{ path: '/bin/hook' }], createContainer: [{ path: '/bin/other' }] },
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm' },
    { destination: '/data', type: 'bind', source: '/srv/data', options: ['rbind', 'ro'] },
    { destination: '/link/conf', type: 'bind', source: '/etc/conf', options: ['bind'] },
  ],
  linux: {
    cgroupsPath: '/x/y',
    resources: { pids: { limit: 7 } },
    maskedPaths: ['/proc/kcore', '/proc/acpi', '/proc/none'],
    namespaces: [
      { type: 'mount' },
      { type: 'pid' },
      { type: 'cgroup' },
      { type: 'network' },
      { type: 'ipc', path: '/proc/7/ns/ipc' },
    ],
  },
}
const usual = {
  shellJob: false,
  fileLocks: true,
  tcpEstablished: false,
  extUnixSk: true,
  autoDedup: false,
  cgroupsMode: '',
}
const dumping = { ...usual, preDump: false, leaveRunning: true, tcpSkipInFlight: false, linkRemap: false, parent: null }
const binds = bindsOf(parts, spec, facts)
const places = new Map<string, Place | null>([
  ['/data', { path: '/data', isDirectory: true }],
  ['/link/conf', { path: '/run/conf', isDirectory: false }],
  ['/proc/kcore', { path: '/proc/kcore', isDirectory: false }],
  ['/proc/acpi', { path: '/proc/acpi', isDirectory: true }],
  ['/proc/none', null],
])
const running = {
  spec,
  init: 42,
  descriptors: ['file[1d:4]', 'pipe:[9]', ''],
  binds,
  places,
  freezer: '/f',
  inodeOf: () => 99,
}

test('a dump names what is not the container’s own: binds, covers of masked files, files of its creator', () => {
  const options = dumpOptions(dumping, running, { images: 20, work: null }, 'dump.log')
  assert.equal(options.ext_mnt, [
    { key: '/data', val: '/data' },
    { key: '/run/conf', val: '/link/conf' },
    { key: '/proc/kcore', val: '/dev/null' },
  ])
  assert.equal(options.external, ['file[1d:4]'])
  const { pid, root, leave_running, freeze_cgroup, file_locks, ext_unix_sk, manage_cgroups_mode } = options
  assert.equal([pid, root, leave_running, freeze_cgroup], [42, '/b/rootfs', true, '/f'])
  assert.equal([file_locks, ext_unix_sk, manage_cgroups_mode, options.empty_ns], [true, true, 6, 0x40000000])
  assert.is(options.config_file, '/etc/criu/runc.conf')
  assert.not.ok('work_dir_fd' in options || 'parent_img' in options || 'track_mem' in options)
})

test('a dump of the memory alone needs no mounts, and one that follows it names its parent', () => {
  const annotated = { ...running, spec: { ...spec, annotations: { 'org.criu.config': '' } }, freezer: null }
  const options = dumpOptions({ ...dumping, preDump: true, parent: '../a' }, annotated, { images: 20, work: 21 }, 'l')
  assert.not.ok('ext_mnt' in options || 'freeze_cgroup' in options)
  assert.equal([options.parent_img, options.track_mem, options.work_dir_fd], ['../a', true, 21])
  assert.is(options.config_file, undefined)
})

test('a restore says where each of the names is now', () => {
  const shared: Spec = {
    ...spec,
    linux: { ...spec.linux, namespaces: [...spec.linux!.namespaces!, { type: 'network', path: '/run/netns/a' }] },
  }
  const options = restoreOptions(
    usual,
    {
      spec: shared,
      binds,
      descriptors: running.descriptors,
      firstNamespace: 4,
      cgroups: '5:cpu,cpuacct:/x/y\n1:name=systemd:/z\n0::/x/y\n',
    },
    { images: 20, work: null },
    'restore.log',
  )
  assert.equal(options.ext_mnt, [
    { key: '/data', val: '/srv/data' },
    { key: '/link/conf', val: '/etc/conf' },
    { key: '/dev/null', val: '/dev/null' },
  ])
  assert.equal(options.inherit_fd, [
    { key: 'file[1d:4]', fd: 0 },
    { key: 'pipe:[9]', fd: 1 },
    { key: 'extRootNetNS', fd: 4 },
  ])
  assert.equal(options.join_ns, [{ ns: 'ipc', ns_file: '/proc/7/ns/ipc' }])
  assert.equal(options.cg_root, [
    { ctrl: 'cpu', path: '/x/y' },
    { ctrl: 'cpuacct', path: '/x/y' },
    { ctrl: 'name=systemd', path: '/z' },
    { ctrl: '', path: '/x/y' },
  ])
  assert.equal([options.rst_sibling, options.notify_scripts, options.evasive_devices], [true, true, true])
  assert.equal(dumpOptions(dumping, { ...running, spec: shared }, { images: 20, work: null }, 'l').external, [
    'net[99]:extRootNetNS',
    'file[1d:4]',
  ])
})

test('the nodes of /dev are the host’s in a user namespace, and its own else', () => {
  const inUser: Spec = { ...spec, linux: { ...spec.linux, namespaces: [{ type: 'user' }, { type: 'mount' }] } }
  const targets = (of: Spec): string[] => bindsOf(parts, of, facts).map(({ target }) => target)
  assert.equal(targets(spec), ['/data', '/link/conf'])
  assert.ok(targets(inUser).includes('/dev/null') && targets(inUser).includes('/data'))
})

test('modes and namespaces that CRIU does not have are refused by name', () => {
  assert.equal(['', 'ignore', 'soft', 'full', 'strict'].map(cgroupMode), [6, 0, 3, 4, 5])
  const refused = (action: () => unknown): string => {
    try {
      action()
    } catch (error) {
      if (error instanceof MiniDockerError) return error.line
      throw error
    }
    return 'not refused'
  }
  assert.is(
    refused(() => cgroupMode('hard')),
    "--manage-cgroups-mode 'hard': is none (soft, full, strict or ignore)",
  )
  const joining: Spec = { ...spec, linux: { namespaces: [{ type: 'cgroup', path: '/proc/1/ns/cgroup' }] } }
  assert.match(
    refused(() => joinedNamespaces(joining)),
    /^restore into the cgroup namespace '\/proc\/1\/ns\/cgroup'/,
  )
})

const criu = { path: '/usr/sbin/criu', args: ['criu', 'swrk', '3'], env: [], fds: 2 }
const ops = (steps: readonly { readonly op: string }[]): string[] => steps.map(({ op }) => op)

test('a restore begins with what create does on the host, and CRIU takes the place of the child', () => {
  for (const machine of [cannedFacts.v2, cannedFacts.v1, cannedFacts.hybrid]) {
    const { start, wire, ready, whole } = restorePlan({ ...parts, pidFiles: pidFilesOf(['/p']) }, spec, machine, criu)
    const begun = start.steps.filter(isHostStep)
    // in its cgroup, with the limits set, before it is asked for anything
    assert.ok(ops(begun).includes('make_cgroup') && ops(begun).includes('write_cgroup'), ops(begun).join())
    const joined = begun.filter(({ op }) => op === 'join_cgroup').length
    assert.is(joined, begun.filter(({ op }) => op === 'make_cgroup').length)
    assert.equal(ops(wire), ['ip_batch'])
    assert.equal(
      ready.map(step => [step.op, step.phase]),
      [['write_pid', 'ready']],
    )
    assert.equal([...begun, ...wire, ...ready], whole.steps)
    assert.ok(undo(whole).some(({ op }) => op === 'remove_cgroup'))
    // nothing but the stage's own program is performed by the child
    const program = ops(lower(start).program.map(({ step }) => step))
    assert.equal([program[0], program[1], program.at(-1)], ['unshare', 'fork', 'execve'])
    const made = start.steps.flatMap(step => (step.op === 'mkdir' ? [step.target] : []))
    assert.equal(made, ['/proc', '/dev', '/data', '/link', '/link/conf'], 'what lies in a mount is not made')
  }
})

test('errors are found in a log, the last of them, without the last line of all', () => {
  const log = `(00.015) Error (criu/tun.c:85): tun: Unable to create tun: No such file or directory
(00.016) Dumping path for -3 fd
(00.017) Error (criu/a.c:1): one
(00.017) Error (criu/a.c:1): one
(00.018)     42: Error (criu/b.c:2): two
(00.019) Error (criu/cr-dump.c:1635): Dump files (pid: 175) failed with -1
(00.020) Error (criu/cr-dump.c:2053): Dumping FAILED.
`
  assert.equal(errorsIn(log), [
    'one (criu/a.c:1)',
    'two (criu/b.c:2)',
    'Dump files (pid: 175) failed with -1 (criu/cr-dump.c:1635)',
  ])
  assert.equal(errorsIn(''), [])
})

test.run()
