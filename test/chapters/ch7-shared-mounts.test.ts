/** Containers without a mount namespace of their own: what they mount, who sees it, and that it goes. */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parts } from '#chapters/ch7-oci/index'
import { passesOf } from '#core/chapter'
import { isBoundOnItself } from '#core/exec/rootfs-mount'
import { assemble } from '#core/plan/assemble'
import { invariants } from '#core/plan/invariants'
import type { Plan, Step } from '#core/plan/step'
import type { Namespace, Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'
import { makeBundle, Runtime } from '#support/bundle'
import { needs } from '#support/needs'
import { hostMounts, newWorld, nonce, until } from '#support/world'

const world = newWorld()
const runtime = new Runtime(world)
const here = needs('root', 'native')

/** One that no other test mounts below. */
function newRootfs(): string {
  const rootfs = world.path()
  execFileSync('cp', ['-a', world.rootfs, rootfs])
  return rootfs
}

/** @param mount the entry in the place of a new mount namespace, null for none */
const sharing =
  (mount: Namespace | null, rootfs: string, more: Partial<Spec> = {}) =>
  (spec: Spec): Spec => ({
    ...spec,
    ...more,
    root: { path: rootfs, ...more.root },
    linux: {
      ...spec.linux,
      namespaces: [
        ...(spec.linux?.namespaces ?? []).filter(({ type }) => type !== 'mount'),
        ...(mount === null ? [] : [mount]),
      ],
      maskedPaths: ['/proc/keys'],
      readonlyPaths: ['/proc/sys'],
    },
  })

const look = [
  'readlink /proc/self/ns/mnt',
  'cut -d" " -f5 /proc/self/mountinfo | grep -cx -e / -e /proc -e /dev',
  'cat /proc/keys',
  '(echo box2 > /proc/sys/kernel/hostname) 2>&1 | grep -c "Read-only"',
  '(touch /new) 2>&1 | grep -c "Read-only"',
].join('; ')
const mountSpace = (pid: number | 'self'): string => fs.readlinkSync(`/proc/${pid}/ns/mnt`)

here("without a mount namespace it has the host's, and what it mounted is gone from there in the end", () => {
  const rootfs = newRootfs()
  const before = hostMounts()
  const change = sharing(null, rootfs, { root: { path: rootfs, readonly: true } })
  const bundle = makeBundle(world, ['sh', '-c', look], change)
  for (const _ of ['once', 'and again']) {
    const { stdout, stderr } = runtime.run(['run', '-b', bundle, runtime.newId()])
    assert.equal(stdout.split('\n'), [mountSpace('self'), '3', '1', '1', ''], stderr)
    assert.is(hostMounts(), before)
  }
  assert.equal(fs.readdirSync(`${rootfs}/proc`), [])
})

here('one that could not be created leaves no mount, and one that is killed none once it is deleted', () => {
  const rootfs = newRootfs()
  const before = hostMounts()
  const wrong = { destination: '/x', type: 'no-such-fs', source: 'x' }
  const spoilt = makeBundle(world, ['true'], spec => sharing(null, rootfs, { mounts: [...spec.mounts!, wrong] })(spec))
  assert.match(runtime.run(['run', '-b', spoilt, runtime.newId()]).stderr, /no-such-fs|ENODEV/)
  assert.is(hostMounts(), before)
  const id = runtime.newId()
  const bundle = makeBundle(world, ['sleep', '100'], sharing(null, rootfs))
  assert.is(runtime.run(['run', '-d', '-b', bundle, id], { output: world.path() }).code, 0)
  assert.ok(hostMounts().includes(`${rootfs}/proc`), 'seen from the host')
  assert.is(runtime.run(['delete', '-f', id]).code, 0)
  assert.is(hostMounts(), before)
})

here('a root file system that is a mount already is one in the end', () => {
  const rootfs = world.path()
  fs.mkdirSync(rootfs)
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', rootfs])
  try {
    execFileSync('cp', ['-a', `${world.rootfs}/.`, rootfs])
    const before = hostMounts()
    const bundle = makeBundle(world, ['true'], sharing(null, rootfs))
    assert.equal(runtime.run(['run', '-b', bundle, runtime.newId()]), { code: 0, stdout: '', stderr: '' })
    assert.is(hostMounts(), before)
  } finally {
    execFileSync('umount', [rootfs])
  }
})

here('a mount namespace that is there already is joined, and who is in there keeps its root', async () => {
  const rootfs = newRootfs()
  const word = nonce()
  const before = hostMounts()
  const holder = spawn('unshare', ['-m', '--propagation', 'private', 'sleep', '100'], { stdio: 'ignore' })
  try {
    await until('it has its own', () => mountSpace(holder.pid!) !== mountSpace('self'))
    const theirs = mountSpace(holder.pid!)
    fs.writeFileSync(`${rootfs}/word`, word)
    const joined = { type: 'mount', path: `/proc/${holder.pid}/ns/mnt` } as const
    const bundle = makeBundle(world, ['sh', '-c', `${look}; cat /word`], sharing(joined, rootfs))
    const { stdout, stderr } = runtime.run(['run', '-b', bundle, runtime.newId()])
    assert.equal(stdout.split('\n'), [theirs, '3', '1', '0', word], stderr)
    assert.is(hostMounts(), before)
    assert.not.ok(fs.existsSync(`/proc/${holder.pid}/root/word`))
  } finally {
    holder.kill('SIGKILL')
    await once(holder, 'exit')
  }
})

const [rule] = invariants.filter(({ name }) => name === 'propagation-before-any-mount')

const planOf = (mount: Namespace | null): Plan => {
  const namespaces: Namespace[] = [{ type: 'pid' }, ...(mount === null ? [] : [mount])]
  const spec: Spec = {
    ociVersion: '1.2.1',
    root: { path: '/rootfs' },
    process: { args: ['sh'], env: ['PATH=/bin'], cwd: '/', user: { uid: 0, gid: 0 } },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
    linux: { namespaces, rootfsPropagation: 'rslave' },
  }
  return assemble(passesOf(parts), spec, cannedFacts.v2)
}
const without = ({ steps }: Plan, isOut: (step: Step) => boolean): Plan => ({ steps: steps.filter(one => !isOut(one)) })

test('a plan without a mount namespace changes no mount but those below one of its own', () => {
  const onHost = planOf(null)
  assert.equal(rule!.broken(onHost), [])
  assert.ok(rule!.broken(without(onHost, ({ op }) => op === 'mount_rootfs')).length >= 2, 'proc, and what comes later')
  const theirs = planOf({ type: 'mount', path: '/run/ns/mnt' })
  assert.equal(rule!.broken(theirs), [])
  assert.ok(rule!.broken(without(theirs, step => step.op === 'propagation' && step.phase === 'root')).length >= 1)
  assert.ok(rule!.broken(without(theirs, ({ op }) => op === 'bind_root')).length >= 2)
  for (const { steps } of [onHost, theirs]) {
    const all: Step[] = steps.map(step =>
      step.op === 'open_root' ? { ...step, op: 'propagation', path: '/', flags: ['MS_REC', 'MS_PRIVATE'] } : step,
    )
    assert.ok(rule!.broken({ steps: all }).length >= 1, "all of the others' are made private")
  }
})

test('a root is known to be bound on itself when mountinfo shows the same place twice', () => {
  const table = (...lines: readonly string[]): string =>
    `${lines.map(line => `${line} rw - ext4 /dev/x rw`).join('\n')}\n`
  const top = '27 1 254:0 / /'
  assert.ok(isBoundOnItself('/srv/r', table(top, '40 27 254:0 /srv/r /srv/r')))
  assert.ok(isBoundOnItself('/srv/a b', table(top, '40 27 254:0 /srv/a\\040b /srv/a\\040b')))
  assert.ok(isBoundOnItself('/data/r', table(top, '30 27 8:1 /sub /data', '40 30 8:1 /sub/r /data/r')))
  assert.ok(isBoundOnItself('/srv/r', table(top, '40 27 0:50 / /srv/r', '41 40 0:50 / /srv/r')), 'of a mount')
  assert.not.ok(isBoundOnItself('/srv/r', table(top, '40 27 0:50 / /srv/r')), "an engine's overlay")
  assert.not.ok(isBoundOnItself('/srv/r', table(top, '40 27 254:0 /other /srv/r')), 'another directory')
  assert.not.ok(isBoundOnItself('/srv/r', table(top)))
})

test.run()
