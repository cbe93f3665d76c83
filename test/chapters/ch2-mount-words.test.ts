/** ch2: what each word of a mount does, in the plan and as the kernel shows it. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { examples } from '#chapters/ch2-namespaces/examples'
import { mountOptions } from '#chapters/ch2-namespaces/mount-options'
import { mounts } from '#chapters/ch2-namespaces/mounts'
import { MiniDockerError } from '#core/errors'
import type { Step } from '#core/plan/step'
import type { Mount, Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'
import { run, start } from '#support/cli'
import { factsOf, type MountRow, parseFacts, parseMounts } from '#support/inside'
import { needs } from '#support/needs'
import { leftovers, newWorld } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')
const words = (text: string) => mountOptions(text.split(','))

test('the last word counts when two say the opposite', () => {
  assert.equal(words('ro,rw').flags, [])
  assert.equal(words('rw,ro').flags, ['MS_RDONLY'])
  assert.equal(words('nosuid,nodev,noexec,suid,dev,exec').flags, [])
  assert.equal(words('noatime,strictatime').flags, ['MS_STRICTATIME'])
  assert.equal(words('strictatime,relatime').flags, ['MS_RELATIME'])
  assert.equal(words('sync,async,dirsync').flags, ['MS_DIRSYNC'])
})

test('a file system is read-only when the word is rro', () => {
  assert.equal(words('rro'), { ...words('ro'), changes: [{ set: ['MOUNT_ATTR_RDONLY'], clear: [], recursive: true }] })
})

test('a bind sets for the whole tree and clears for the top when its words say both', () => {
  assert.equal(words('rbind,ro,suid').changes, [
    { set: ['MOUNT_ATTR_RDONLY'], clear: [], recursive: true },
    { set: [], clear: ['MOUNT_ATTR_NOSUID'], recursive: false },
  ])
  assert.equal(words('bind,rrw').changes, [{ set: [], clear: ['MOUNT_ATTR_RDONLY'], recursive: true }])
  assert.equal(words('bind').changes, [])
})

test('the old time of reading is emptied when a bind takes another', () => {
  const clear = ['MOUNT_ATTR__ATIME']
  assert.equal(words('bind,noatime').changes, [{ set: ['MOUNT_ATTR_NOATIME'], clear, recursive: false }])
  assert.equal(words('bind,relatime').changes, [{ set: [], clear, recursive: false }])
})

test('propagation comes in the order of its words when there are several', () => {
  assert.equal(words('rbind,rslave,shared').propagation, [['MS_REC', 'MS_SLAVE'], ['MS_SHARED']])
  assert.equal(words('mode=755,size=1m,defaults').data, 'mode=755,size=1m')
})

const stepsOf = (mount: Mount): readonly Step[] => mounts({ ...examples.container, mounts: [mount] }, cannedFacts.v2)
const bindOf = (...options: string[]): Mount => ({
  destination: '/data',
  source: '/srv',
  options: ['rbind', ...options],
})

test('a bind is refused by word and place when a word is none of a bind', () => {
  for (const word of ['mode=755', 'rslvae', 'sync', 'dirsync', 'iversion']) {
    try {
      stepsOf(bindOf('ro', word))
      assert.unreachable(word)
    } catch (error) {
      assert.instance(error, MiniDockerError)
      assert.match((error as Error).message, `mount '/data': option '${word}': is none of a bind mount`)
    }
  }
  stepsOf(bindOf('defaults', 'async', 'rw', 'rprivate'))
})

test('remount changes what is there and mounts nothing new when a word asks for it', () => {
  assert.equal(words('remount,ro').flags, ['MS_REMOUNT', 'MS_RDONLY'])
  assert.equal(
    stepsOf(bindOf('remount', 'ro')).map(({ op }) => op),
    ['mkdir', 'mount_setattr'],
  )
})

test('propagation is the last step of a mount when a word asks for it', () => {
  const steps = stepsOf(bindOf('ro', 'rslave'))
  assert.equal(
    steps.map(({ op }) => op),
    ['mkdir', 'mount', 'mount_setattr', 'mount'],
  )
  const { why: _, ...last } = steps.at(-1)!
  assert.equal(last, {
    op: 'mount',
    phase: 'root',
    by: 'ch2.mounts',
    source: null,
    target: '/data',
    fstype: null,
    flags: ['MS_REC', 'MS_SLAVE'],
    data: null,
  })
})

/** What the kernel shows of the mounts of a spec, by place. */
async function shown(list: readonly Mount[]): Promise<Readonly<Record<string, MountRow>>> {
  const { container } = examples
  const spec: Spec = {
    ...container,
    root: { path: world.rootfs },
    process: { ...container.process, args: ['inside', 'facts'] },
    mounts: [...container.mounts!, ...list],
  }
  const file = world.path()
  fs.writeFileSync(file, JSON.stringify(spec))
  const { stdout, stderr, code } = await run(world, ['ch2', 'run', '--spec', file])
  assert.is(code, 0, stderr)
  return Object.fromEntries(parseMounts(parseFacts(stdout).mountinfo!).map(row => [row.at, row]))
}

asRoot('the kernel shows what the last words said when the mounts are made', async () => {
  const source = world.directoryOf({ 'sub/file': '' })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,nosuid,noexec', 'tmpfs', source])
  try {
    const bind = (destination: string, ...options: string[]): Mount => ({
      destination,
      source,
      options: ['rbind', ...options],
    })
    const rows = await shown([
      bind('/as-it-is'),
      bind('/loose', 'rw', 'suid', 'exec'),
      bind('/both', 'rw', 'nodev', 'ro'),
      bind('/alone', 'rprivate'),
      bind('/listens', 'rslave'),
      bind('/told', 'rshared'),
      { destination: '/memory', type: 'tmpfs', source: 'tmpfs', options: ['rro', 'noexec', 'exec', 'size=1m'] },
      { destination: '/written', type: 'tmpfs', source: 'tmpfs', options: ['ro', 'rw'] },
    ])
    const has = (at: string, ...options: string[]): void => {
      for (const option of options)
        assert.ok(rows[at]?.options.includes(option), `${at}: ${option}: ${rows[at]?.options}`)
    }
    const lacks = (at: string, ...options: string[]): void => {
      for (const option of options) assert.not(rows[at]!.options.includes(option), `${at}: ${option}`)
    }
    has('/as-it-is', 'ro', 'nosuid', 'noexec')
    has('/loose', 'rw')
    lacks('/loose', 'nosuid', 'noexec')
    has('/both', 'ro', 'nosuid', 'nodev', 'noexec')
    has('/memory', 'ro')
    lacks('/memory', 'noexec')
    has('/written', 'rw')
    const spread = (at: string): string => rows[at]!.propagation.map(word => word.replace(/:\d+/, '')).join(' ')
    assert.is(spread('/alone'), '')
    assert.match(spread('/told'), /^shared/)
  } finally {
    execFileSync('umount', [source])
  }
  assert.equal(await leftovers(world), [])
})

asRoot('what the host mounts later is seen inside when the volume is a slave, and only then', async () => {
  const source = world.directoryOf({})
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', source])
  execFileSync('mount', ['--make-shared', source])
  fs.mkdirSync(`${source}/later`)
  try {
    const { container } = examples
    const script =
      'echo up; read line; ls /listens/later /alone/later; mkdir /listens/made; mount -t tmpfs tmpfs /listens/made'
    const spec: Spec = {
      ...container,
      root: { path: world.rootfs },
      process: { ...container.process, args: ['sh', '-c', script] },
      mounts: [
        ...container.mounts!,
        { destination: '/listens', source, options: ['rbind', 'rslave'] },
        { destination: '/alone', source, options: ['rbind', 'rprivate'] },
      ],
    }
    const file = world.path()
    fs.writeFileSync(file, JSON.stringify(spec))
    const cli = start(world, ['ch2', 'run', '-i', '--spec', file], { keepStdin: true })
    await cli.says(/up\n/)
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', `${source}/later`])
    fs.writeFileSync(`${source}/later/seen`, '')
    cli.child.stdin!.end('go\n')
    const { stdout, stderr } = await cli.done
    assert.is(stdout, 'up\n/alone/later:\n\n/listens/later:\nseen\n', stderr)
    const mounted = fs.readFileSync('/proc/self/mountinfo', 'utf8')
    assert.not(mounted.includes(`${source}/made`), 'the other way nothing comes out')
  } finally {
    execFileSync('umount', ['-R', source])
  }
  assert.equal(await leftovers(world), [])
})

asRoot('--tmpfs takes the later word when its options say the opposite', async () => {
  const { mountinfo } = await factsOf(world, ['ch2', 'run', '--tmpfs', '/a:ro,rw', '--tmpfs', '/b:exec,noexec,rro'])
  const rows = Object.fromEntries(parseMounts(mountinfo!).map(row => [row.at, row]))
  assert.ok(rows['/a']!.options.includes('rw'))
  for (const option of ['ro', 'noexec', 'nosuid', 'nodev']) assert.ok(rows['/b']!.options.includes(option), option)
})

test.run()
