/** ch2 where root is root of a user namespace only (`unshare -Ur`), and ids that come from one file but not the other. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultMounts, defaultNamespaces, defaultSpec, type Wish } from '#chapters/ch2-namespaces/default-spec'
import { ch2 } from '#chapters/ch2-namespaces/index'
import { ownsHostNetwork, reservationsOf } from '#chapters/ch2-namespaces/network/reservations'
import { passesOf } from '#core/chapter'
import { assemble } from '#core/plan/assemble'
import { find, has } from '#core/plan/query'
import type { IdMapping } from '#core/spec/runtime'
import { cannedFacts, type Facts, type IdRange, type UserNamespace } from '#core/sys/facts'
import { run } from '#support/cli'
import { needs } from '#support/needs'
import { newUser, withRange } from '#support/users'
import { leftovers, newWorld } from '#support/world'

const world = newWorld()
const process = { args: ['sh'], env: ['PATH=/bin'], cwd: '/', user: { uid: 0, gid: 0 } }
const machine = cannedFacts.v2
const nested = (start: number, count: number, more: Partial<UserNamespace> = {}): Facts => {
  const ids: readonly IdRange[] = [{ start, count }]
  return { ...machine, userNamespace: { initial: false, uids: ids, gids: ids, setgroups: true, ...more } }
}
const planFor = (facts: Facts, wish: Partial<Wish> = {}) =>
  assemble(passesOf(ch2.parts), defaultSpec({ rootfs: '/rootfs', process, ...wish }, facts), facts)
const ordinary: Facts = { ...machine, uid: 1000, gid: 1000, idmap: false }
const withUsers = { namespaces: [...defaultNamespaces, 'user'] } as const
const mapsFor = (facts: Facts): readonly IdMapping[] | undefined =>
  defaultSpec({ rootfs: '/rootfs', process, ...withUsers }, facts).linux?.uidMappings

test('terminals go to the group tty when that exists here, and to nobody else', () => {
  const hasGroup = (facts: Facts): boolean =>
    defaultMounts(defaultNamespaces, facts).some(({ options }) => options?.includes('gid=5'))
  assert.ok(hasGroup(machine))
  assert.ok(hasGroup(nested(0, 65536)))
  assert.not(hasGroup(nested(0, 1)))
  assert.not(hasGroup(nested(0, 5)))
})

test('devices are bound when we are root of a user namespace only', () => {
  const charDevices = (facts: Facts) =>
    find(planFor(facts), 'mknod').filter(({ step }) => step.op === 'mknod' && step.type === 'char')
  assert.is(charDevices(machine).length, 6)
  assert.equal(charDevices(nested(0, 65536)), [])
  assert.is(find(planFor(nested(0, 65536)), 'mount.bind').length, 6)
})

test("what shows a namespace of the machine's is bound when we do not own that", () => {
  const types = defaultNamespaces.filter(type => type !== 'pid' && type !== 'network')
  const typesAt = (facts: Facts) =>
    defaultMounts(types, facts).flatMap(({ destination, type }) =>
      ['/proc', '/sys'].includes(destination) ? [type] : [],
    )
  assert.equal(typesAt(machine), ['proc', 'sysfs'])
  assert.equal(typesAt(nested(0, 1)), [undefined, undefined])
})

test('the default map fits into what is mapped here when that is less than the machine has', () => {
  assert.equal(mapsFor(machine), [{ containerID: 0, hostID: 100000, size: 65536 }])
  assert.equal(mapsFor(nested(0, 1)), [{ containerID: 0, hostID: 0, size: 1 }])
  assert.equal(mapsFor(nested(0, 65536)), [{ containerID: 0, hostID: 0, size: 65536 }])
  assert.equal(mapsFor(nested(0, 200000)), [{ containerID: 0, hostID: 100000, size: 65536 }])
})

test('groups are left alone when setgroups is denied here', () => {
  assert.ok(has(planFor(nested(0, 1), withUsers), 'setgroups'))
  assert.not(has(planFor(nested(0, 1, { setgroups: false }), withUsers), 'setgroups'))
})

test('--user leaves the groups alone when setgroups is denied to the container', () => {
  const user = { uid: 0, gid: 0, additionalGids: [0] }
  const calls = (facts: Facts, wish: Partial<Wish> = {}) => {
    const { steps } = planFor(facts, { process: { ...process, user }, ...wish })
    return steps.flatMap(({ op, phase }) => (phase === 'become' && op.startsWith('set') ? [op] : []))
  }
  assert.equal(calls(machine), ['setgroups', 'setresgid', 'setresuid'])
  assert.equal(calls(nested(0, 1, { setgroups: false })), ['setresgid', 'setresuid'])
  assert.equal(calls(nested(0, 1, { setgroups: false }), withUsers), ['setresgid', 'setresuid'])
  assert.equal(calls({ ...ordinary, subgid: [] }), ['setresgid', 'setresuid'])
  assert.equal(calls(ordinary), ['setgroups', 'setresgid', 'setresuid'])
  const more = { process: { ...process, user: { ...user, additionalGids: [0, 4] } } }
  assert.throws(() => planFor(nested(0, 9, { setgroups: false }), more), /supplementary group 4: setgroups is denied/)
})

test('a user is refused when it does not exist here', () => {
  const user = { uid: 1000, gid: 1000 }
  assert.throws(() => planFor(nested(0, 1), { process: { ...process, user } }), /uid 1000: is not mapped/)
  planFor(nested(0, 1001), { process: { ...process, user } })
})

test('no address of the bridge is reserved when the network of the host is not ours', () => {
  assert.ok(ownsHostNetwork(machine))
  assert.not(ownsHostNetwork(nested(0, 65536)))
  assert.equal(reservationsOf({ mode: 'bridge', id: 'a', facts: nested(0, 65536) }), [])
})

test('each map is written in the way of its own file when an ordinary user has a range in one only', () => {
  const opsOf = (facts: Facts) =>
    planFor(facts, withUsers)
      .steps.filter(({ phase }) => phase === 'map')
      .map(({ op }) => op)
  assert.equal(opsOf(ordinary), ['newidmap', 'newidmap'])
  assert.equal(opsOf({ ...ordinary, subgid: [] }), ['write_proc', 'newidmap', 'write_proc'])
  assert.equal(opsOf({ ...ordinary, subuid: [] }), ['write_proc', 'newidmap'])
  assert.equal(opsOf({ ...ordinary, subuid: [], subgid: [] }), ['write_proc', 'write_proc', 'write_proc'])
  const [deny] = find(planFor({ ...ordinary, subgid: [] }, withUsers), 'write.setgroups')
  assert.ok(deny, 'the own gid is written only where setgroups is denied')
  assert.not(has(planFor({ ...ordinary, subgid: [] }, withUsers), 'setgroups'))
  assert.ok(has(planFor({ ...ordinary, subuid: [] }, withUsers), 'setgroups'))
})

const asNestedRoot = needs('root', 'native', 'unshare', 'user namespaces')

for (const flags of [
  [],
  ['--userns'],
  ['--init', '--read-only'],
  ['--no-pid', '--net', 'host'],
  ['--user', '0'],
  ['--user', 'root:root', '--userns'],
]) {
  asNestedRoot(`ch2 runs with '${flags.join(' ')}' when it is root of a user namespace with one id`, async () => {
    // a rootfs of its own, so that it is built here as well
    const env = { MINI_DOCKER_ROOT: world.path() }
    const { stdout, stderr } = await run(
      world,
      ['ch2', 'run', ...flags, 'sh', '-c', 'id -u; echo x >/dev/null && echo ok'],
      {
        prefix: ['unshare', '-Ur'],
        env,
      },
    )
    assert.is(stdout, '0\nok\n', stderr)
    assert.equal(await leftovers(world), [])
  })
}

const withTools = needs('root', 'native', 'newuidmap', 'newgidmap', 'unshare', 'setpriv', 'user namespaces')

for (const [given, missing] of [
  ['/etc/subuid', '/etc/subgid'],
  ['/etc/subgid', '/etc/subuid'],
] as const) {
  withTools(`an ordinary user's container runs when ${given} has a line for them and ${missing} none`, async () => {
    const user = withRange(world, newUser(world), 700_000, 1000)
    const empty = `${world.directoryOf({ none: '' })}/none`
    // within the mount namespace of that user's command line, over the copy that is there
    const prefix = user.options.prefix!.map(word =>
      word.replace(' && exec "$@"', ` && mount --bind ${empty} ${missing} && exec "$@"`),
    )
    const { stdout, stderr } = await run(world, ['ch2', 'run', 'cat', '/proc/self/uid_map', '/proc/self/gid_map'], {
      ...user.options,
      prefix,
    })
    const counts = stdout
      .trim()
      .split('\n')
      .map(line => Number(line.trim().split(/\s+/)[2]))
    assert.equal(counts, given === '/etc/subuid' ? [1, 1000, 1] : [1, 1, 1000], stderr)
    assert.equal(fs.existsSync(`${user.run}/containers`) ? fs.readdirSync(`${user.run}/containers`) : [], [])
  })
}

test.run()
