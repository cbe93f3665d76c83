/** ch2 --userns: root inside, nobody outside; seen from both sides. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { probeFacts } from '#core/sys/probe'
import { run, start } from '#support/cli'
import { factsOf, parseStats } from '#support/inside'
import { isThere, needs } from '#support/needs'
import { descendant, namespaceOf, statusOf } from '#support/processes'
import { leftovers, newWorld } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside', 'user namespaces')
const ch2 = ['ch2', 'run'] as const
/** Where the default range begins: /etc/subuid's for root, or Docker's usual one. */
const base = isThere('linux') ? (probeFacts().subuid[0]?.start ?? 100_000) : 0
const four = (id: number): string[] => Array.from({ length: 4 }, () => String(id))
const openDirectory = (): string => {
  const place = world.directoryOf({})
  fs.chmodSync(place, 0o777)
  return place
}

for (const [user, id] of [
  ['0', 0],
  ['1000', 1000],
  ['4242:4343', 4242],
] as const) {
  asRoot(`the host sees uid ${base + id} when the container runs as ${user} with --userns`, async () => {
    const shared = openDirectory()
    const cli = start(world, [
      ...ch2,
      '--userns',
      '--user',
      user,
      '-v',
      `${shared}:/v`,
      'sh',
      '-c',
      'id -u; touch /v/made; sleep 60',
    ])
    const pid = await descendant(cli.pid, 'sleep')
    await cli.says(/\n/)
    assert.is(cli.stdout(), `${id}\n`)
    assert.equal(statusOf(pid, 'Uid'), four(base + id))
    assert.is.not(namespaceOf(pid, 'user'), namespaceOf('self', 'user'))
    assert.is(fs.statSync(`${shared}/made`).uid, base + id)
    assert.is(fs.readFileSync(`/proc/${pid}/uid_map`, 'utf8').trim().split(/\s+/).join(' '), `0 ${base} 65536`)
    process.kill(pid, 'SIGKILL')
    await cli.done
    assert.equal(await leftovers(world), [])
  })
}

asRoot('root of a user namespace has all capabilities inside and none over the host when it tries', async () => {
  const kept = world.directoryOf({ file: 'of the host' })
  fs.chmodSync(`${kept}/file`, 0o600)
  const script = [
    'cat /v/file 2>&1; inside try mount /mnt; inside try sethostname; inside try mknod /tmp/node',
    'inside try write /proc/sys/kernel/core_pattern; inside stat /v/file',
  ].join('; ')
  const { stdout } = await run(world, [...ch2, '--userns', '-v', `${kept}:/v`, '--tmpfs', '/tmp', 'sh', '-c', script])
  const [read, mount, hostname, mknod, pattern, stat] = stdout.trim().split('\n')
  assert.match(read!, /Permission denied/)
  assert.equal([mount, hostname, mknod], ['ok', 'ok', 'EPERM'])
  assert.match(pattern!, /EACCES|EPERM/)
  assert.equal([JSON.parse(stat!).uid, JSON.parse(stat!).gid], [65_534, 65_534]) // the host's root has no name inside
})

asRoot('own maps are what the kernel shows when --uidmap and --gidmap are given', async () => {
  const maps = ['--uidmap', '0:200000:10', '--uidmap', '1000:300000:1', '--gidmap', '0:400000:2000']
  const shown = await run(world, [
    ...ch2,
    ...maps,
    '--user',
    '1000:1000',
    'cat',
    '/proc/self/uid_map',
    '/proc/self/gid_map',
  ])
  assert.equal(
    shown.stdout
      .trim()
      .split('\n')
      .map(line => line.trim().split(/\s+/).join(' ')),
    ['0 200000 10', '1000 300000 1', '0 400000 2000'],
    shown.stderr,
  )
  const shared = openDirectory()
  await run(world, [...ch2, ...maps, '--user', '1000:1000', '-v', `${shared}:/v`, 'touch', '/v/made'])
  const { uid, gid } = fs.statSync(`${shared}/made`)
  assert.equal([uid, gid], [300_000, 401_000])
})

asRoot('one map stands for both when only one is given', async () => {
  const { stdout } = await run(world, [
    ...ch2,
    '--uidmap',
    '0:200000:70',
    'cat',
    '/proc/self/uid_map',
    '/proc/self/gid_map',
  ])
  assert.is(stdout.replace(/ +/g, ' '), ' 0 200000 70\n 0 200000 70\n')
})

asRoot('the container drops the groups of the caller when it has its own users', async () => {
  const { groups } = await factsOf(world, [...ch2, '--userns'], { prefix: ['setpriv', '--groups', '7,8'] })
  assert.equal(groups, [])
})

asRoot('the nodes of /dev work when they are bound from the host', async () => {
  const { stdout } = await run(world, [
    ...ch2,
    '--userns',
    '--user',
    '1000',
    'sh',
    '-c',
    'echo x >/dev/null && head -c 2 /dev/zero | wc -c; inside stat /dev/null /dev /dev/pts',
  ])
  const [count, ...lines] = stdout.trim().split('\n')
  assert.is(count!.trim(), '2')
  const stats = parseStats(lines.join('\n'))
  assert.equal([stats['/dev']!.uid, stats['/dev/pts']!.uid], [0, 0])
})

const refused: Readonly<Record<string, readonly [flags: string[], said: RegExp]>> = {
  'overlap inside': [
    ['--uidmap', '0:100000:10', '--uidmap', '5:200000:10'],
    /uid_map '0:100000:10' and '5:200000:10': the ranges overlap inside/,
  ],
  'overlap outside': [['--uidmap', '0:100000:10', '--uidmap', '20:100009:10'], /overlap outside/],
  'overlap of gids': [
    ['--uidmap', '0:1:1', '--gidmap', '0:100000:10', '--gidmap', '9:300000:1'],
    /gid_map .*overlap inside/,
  ],
  'an unmapped uid': [['--uidmap', '0:100000:1000', '--user', '1000:0'], /uid 1000: is not mapped/],
  'an unmapped gid': [['--uidmap', '0:100000:1000', '--user', '0:1000'], /gid 1000: is not mapped/],
  'an unmapped default user': [['--uidmap', '1:100000:1000'], /uid 0: is not mapped/],
  'no numbers': [['--uidmap', 'a:b:c'], /--uidmap 'a:b:c': is not INSIDE:OUTSIDE:SIZE/],
  'two numbers': [['--gidmap', '0:1'], /--gidmap '0:1'/],
  'an empty range': [['--uidmap', '0:1:0'], /--uidmap '0:1:0'/],
  'a range past the last id': [['--uidmap', '0:4294967290:10'], /--uidmap/],
}

asRoot('maps are refused in one line before anything starts when they cannot be', async () => {
  const checks = Object.entries(refused).map(async ([name, [flags, said]]) => {
    const { code, stderr } = await run(world, [...ch2, '--userns', ...flags, 'true'])
    assert.is(code, 125, name)
    assert.match(stderr, /^mini-docker: [^\n]+\n$/, name)
    assert.match(stderr, said, name)
  })
  await Promise.all(checks)
  assert.equal(await leftovers(world), [])
})

needs('root', 'native')(
  'the plan that is shown is the one that is performed when the rootfs can be mapped',
  async () => {
    const words = ['ch2', 'run', '--userns', '--name', 'box', '--rootfs', world.rootfs]
    const shown = await run(world, [...words, '--explain', '--json', '--', 'true'])
    const traced = await run(world, [...words, '--trace', '--', 'true'])
    const { steps } = JSON.parse(shown.stdout) as { steps: { op: string; call: string }[] }
    const performed = traced.stderr.split('\n').filter(line => /^ *\d+ +[\d.]+ /.test(line))
    assert.is(performed.length, steps.length, traced.stderr)
    assert.is(
      performed.some(line => line.includes('MOUNT_ATTR_IDMAP')),
      steps.some(({ op }) => op === 'idmap_tree'),
    )
  },
)

test.run()
