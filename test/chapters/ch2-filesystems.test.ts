/** ch2: the file systems of a container that nobody said much about. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import { factsOf, type InsideStat, parseMounts, parseStats } from '#support/inside'
import { needs } from '#support/needs'
import { leftovers, newWorld, nonce } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')
const ch2 = ['ch2', 'run'] as const

/** type, options that must be there, options of the file system that must be there */
const expected: Readonly<
  Record<string, readonly [type: string, options: readonly string[], superOptions: readonly string[]]>
> = {
  '/': ['', ['rw'], []],
  '/proc': ['proc', ['rw', 'nosuid', 'nodev', 'noexec'], []],
  '/dev': ['tmpfs', ['rw', 'nosuid'], ['mode=755', 'size=65536k']],
  '/dev/pts': ['devpts', ['rw', 'nosuid', 'noexec'], ['mode=620', 'ptmxmode=666', 'gid=5']],
  '/dev/shm': ['tmpfs', ['rw', 'nosuid', 'nodev', 'noexec'], ['size=65536k']],
  '/dev/mqueue': ['mqueue', ['rw', 'nosuid', 'nodev', 'noexec'], []],
  '/sys': ['sysfs', ['ro', 'nosuid', 'nodev', 'noexec'], []],
}

asRoot('ch2 mounts what the runtime-spec calls default, and nothing else, when nothing is asked for', async () => {
  const { mountinfo } = await factsOf(world, ch2)
  const rows = parseMounts(mountinfo!)
  assert.equal(rows.map(({ at }) => at).sort(), Object.keys(expected).sort())
  for (const { at, type, options, superOptions, propagation } of rows) {
    const [wantedType, wantedOptions, wantedSuper] = expected[at]!
    if (wantedType !== '') assert.is(type, wantedType, at)
    for (const option of wantedOptions) assert.ok(options.includes(option), `${at}: ${option} in ${options}`)
    for (const option of wantedSuper) assert.ok(superOptions.includes(option), `${at}: ${option} in ${superOptions}`)
    assert.equal(propagation, [], at)
  }
})

const devices: Readonly<Record<string, string>> = {
  null: '1:3',
  zero: '1:5',
  full: '1:7',
  random: '1:8',
  urandom: '1:9',
  tty: '5:0',
}
const links: Readonly<Record<string, string>> = {
  fd: '/proc/self/fd',
  stderr: '/proc/self/fd/2',
  stdin: '/proc/self/fd/0',
  stdout: '/proc/self/fd/1',
  ptmx: 'pts/ptmx',
}

for (const flags of [[], ['--userns']]) {
  asRoot(`ch2 fills /dev with the default devices and no other when run with '${flags}'`, async () => {
    const names = [...Object.keys(devices), ...Object.keys(links), 'pts', 'shm', 'mqueue'].sort()
    const prefix = ['sh', '-c', 'umask 077; exec "$@"', 'sh']
    const shown = await run(
      world,
      [
        ...ch2,
        ...flags,
        'sh',
        '-c',
        'ls /dev; echo; inside stat /dev/* /dev/pts/ptmx; cd /dev; for l in fd std* ptmx; do readlink $l; done',
      ],
      { prefix },
    )
    const [list, rest] = shown.stdout.split('\n\n') as [string, string]
    assert.equal(list.split('\n').sort(), names)
    const lines = rest.trim().split('\n')
    const stats = parseStats(lines.slice(0, names.length + 1).join('\n'))
    const stat = (name: string): InsideStat => stats[`/dev/${name}`]!
    for (const [name, rdev] of Object.entries(devices)) {
      assert.equal([stat(name).type, stat(name).rdev, stat(name).mode], ['char', rdev, 0o666], name)
    }
    assert.equal(lines.slice(names.length + 1), Object.values(links))
    for (const name of Object.keys(links)) assert.is(stat(name).type, 'symlink')
    assert.equal([stat('shm').type, stat('shm').mode], ['dir', 0o1777])
    assert.is(stat('pts').type, 'dir')
    assert.is(stat('pts/ptmx').mode, 0o666)
  })

  asRoot(`the devices do what they are for when run with '${flags}'`, async () => {
    const script = [
      'echo gone >/dev/null && echo null',
      'head -c 3 /dev/zero | od -An -tx1',
      'echo x >/dev/full || echo full',
      'test "$(head -c 16 /dev/urandom | wc -c)" = 16 && echo random',
      'echo error >/dev/stderr',
      'echo shared >/dev/shm/file && cat /dev/shm/file',
    ].join('; ')
    const { stdout, stderr } = await run(world, [...ch2, ...flags, 'sh', '-c', script])
    assert.equal(
      stdout.split('\n').map(line => line.trim()),
      ['null', '00 00 00', 'full', 'random', 'shared', ''],
    )
    assert.match(stderr, /error/)
  })

  asRoot(`/proc and /sys show the container and not the host when run with '${flags}'`, async () => {
    const script = [
      'ls /proc | grep -E "^[0-9]+$"; echo; ls /sys/class/net; echo',
      'tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/1/comm; :',
    ].join('; ')
    const { stdout } = await run(world, [...ch2, ...flags, 'sh', '-c', script])
    const [processes, devicesOfSys, rest] = stdout.split('\n\n') as [string, string, string]
    assert.ok(
      processes.split('\n').every(pid => Number(pid) <= 5),
      processes,
    )
    assert.is(devicesOfSys, 'lo')
    assert.equal(
      rest.split('\n').map(line => line.trim()),
      ['lo', 'sh', ''],
    )
  })

  asRoot(`loopback answers when run with '${flags}'`, async () => {
    const word = nonce()
    const server = `inside serve 8080 ${word} >/tmp/log & until grep -q listening /tmp/log; do sleep 0.02; done`
    const script = `${server}; inside fetch 127.0.0.1 8080`
    const { code, stdout } = await run(world, [...ch2, ...flags, '--tmpfs', '/tmp', 'sh', '-c', script])
    assert.equal([code, stdout], [0, word])
  })

  asRoot(`/sys cannot be written when run with '${flags}'`, async () => {
    const { stdout } = await run(world, [...ch2, ...flags, 'inside', 'try', 'write', '/sys/class/net/lo/mtu'])
    assert.match(stdout, /^(EROFS|EACCES)\n$/)
  })
}

asRoot('ch2 refuses writes to the root and to nothing else when --read-only is given', async () => {
  const places = '/ /etc /tmp /dev /dev/shm /scratch'
  const script = `for p in ${places}; do (echo x >$p/new) 2>/dev/null && echo "$p yes" || echo "$p no"; done`
  const rootfs = world.copyRootfs()
  const { stdout } = await run(world, [
    ...ch2,
    '--rootfs',
    rootfs,
    '--read-only',
    '--tmpfs',
    '/scratch',
    'sh',
    '-c',
    script,
  ])
  assert.equal(stdout.trim().split('\n'), ['/ no', '/etc no', '/tmp no', '/dev yes', '/dev/shm yes', '/scratch yes'])
  assert.not.ok(fs.existsSync(`${rootfs}/new`))
})

asRoot('what a container mounts stays inside when the host looks', async () => {
  const { stdout } = await run(world, [
    ...ch2,
    'sh',
    '-c',
    'mount -t tmpfs none /mnt && grep -c " /mnt " /proc/self/mountinfo',
  ])
  assert.is(stdout, '1\n')
  assert.equal(await leftovers(world), [])
})

test.run()
