/** ch1: what the process in the jail is given, seen from inside and from the host. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run, start } from '#support/cli'
import { factsOf, parseStats } from '#support/inside'
import { needs } from '#support/needs'
import { descendant, statusOf } from '#support/processes'
import { leftovers, newWorld, nonce } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')
const ch1 = ['ch1', 'run'] as const

asRoot('ch1 makes the rootfs the root directory when a program runs in it', async () => {
  const { dev, ino } = fs.statSync(world.rootfs, { bigint: true })
  const { root, cwd } = await factsOf(world, ch1)
  assert.is(root.ino, Number(ino))
  assert.is(root.dev, `${(dev >> 8n) & 0xfffn}:${(dev & 0xffn) | ((dev >> 12n) & 0xfff00n)}`)
  assert.is(cwd, '/')
  const secret = world.directoryOf({ secret: nonce() })
  assert.is(JSON.parse((await run(world, [...ch1, 'inside', 'stat', `${secret}/secret`])).stdout).error, 'ENOENT')
})

asRoot('ch1 gives exactly the environment that was asked for when the caller has more', async () => {
  const mine = nonce()
  const env = { MINE: mine, OTHER: 'of the host' }
  const [plain, more] = await Promise.all([
    factsOf(world, ch1, { env }),
    factsOf(world, [...ch1, '-e', 'MINE', '--env=A=b=c', '-eA=d', '-e', 'NOT_SET', '-e', 'HOME=/h'], { env }),
  ])
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  assert.equal(plain.env, [path, 'HOME=/root'])
  assert.equal(more.env, [path, 'HOME=/h', `MINE=${mine}`, 'A=d'])
})

asRoot("ch1 looks a command up in the jail's own PATH when the host has another of that name", async () => {
  const rootfs = world.copyRootfs()
  const word = nonce()
  fs.mkdirSync(`${rootfs}/own/tools`, { recursive: true })
  for (const name of ['env', 'only-here']) {
    fs.writeFileSync(`${rootfs}/own/tools/${name}`, `#!/bin/sh\necho ${word} $0\n`, { mode: 0o755 })
  }
  fs.mkdirSync(`${rootfs}/before/only-here`, { recursive: true })
  const inJail = (...rest: string[]) => run(world, [...ch1, '--rootfs', rootfs, ...rest])
  const path = 'PATH=/before:/own/tools:/bin'
  const results = await Promise.all([
    inJail('-e', path, 'only-here'),
    inJail('-e', path, 'env'),
    inJail('-w', '/own', 'tools/only-here'),
    inJail('-w', '/own', '-e', 'PATH=tools', 'only-here'),
    inJail('only-here'),
  ])
  assert.equal(
    results.map(({ code }) => code),
    [0, 0, 0, 0, 127],
  )
  assert.is(results[0].stdout, `${word} /own/tools/only-here\n`)
  for (const { stdout } of results.slice(0, 4)) assert.ok(stdout.startsWith(word), stdout)
})

asRoot('ch1 takes on the user of the jail when --user names one', async () => {
  const rootfs = world.copyRootfs()
  fs.appendFileSync(`${rootfs}/etc/passwd`, 'web:x:33:34:web:/var/www:/bin/sh\n')
  fs.appendFileSync(`${rootfs}/etc/group`, 'mail:x:8:web,root\nlogs:x:9:web\n')
  const expected: Readonly<Record<string, readonly [uid: number, gid: number, groups: number[], home: string]>> = {
    web: [33, 34, [8, 9, 34], '/var/www'],
    'web:mail': [33, 8, [8], '/var/www'],
    '4242:4343': [4242, 4343, [4343], '/'],
    '4242': [4242, 0, [0], '/'],
    root: [0, 0, [0, 8], '/root'],
  }
  const seen = Object.entries(expected).map(async ([user, [uid, gid, groups, home]]) => {
    const facts = await factsOf(world, [...ch1, '--rootfs', rootfs, '--user', user])
    assert.equal([facts.uid, facts.euid, facts.gid, facts.egid], [uid, uid, gid, gid], user)
    assert.equal(
      [...facts.groups].sort((a, b) => a - b),
      groups,
      user,
    )
    assert.ok(facts.env.includes(`HOME=${home}`), user)
  })
  await Promise.all(seen)
})

asRoot('ch1 shows the kernel all four ids and default signals when the host looks at the program', async () => {
  const cli = start(world, [...ch1, '--user', '4242:4343', 'sleep', '60'])
  const pid = await descendant(cli.pid, 'sleep')
  assert.equal(statusOf(pid, 'Uid'), ['4242', '4242', '4242', '4242'])
  assert.equal(statusOf(pid, 'Gid'), ['4343', '4343', '4343', '4343'])
  assert.equal(statusOf(pid, 'Groups'), ['4343'])
  for (const field of ['SigIgn', 'SigBlk', 'SigCgt']) assert.equal(statusOf(pid, field), ['0'.repeat(16)], field)
  assert.is(fs.readlinkSync(`/proc/${pid}/root`), world.rootfs)
  assert.is(fs.readlinkSync(`/proc/${pid}/cwd`), world.rootfs)
  cli.child.kill('SIGTERM')
  assert.is((await cli.done).code, 143)
  assert.equal(await leftovers(world), [])
})

asRoot('ch1 drops the groups of the caller when --user is given', async () => {
  const prefix = ['setpriv', '--groups', '7,8,9']
  const groups = async (...flags: string[]) => (await factsOf(world, [...ch1, ...flags], { prefix })).groups
  const [kept, dropped] = await Promise.all([groups(), groups('--user', '0:0')])
  assert.equal(kept, [7, 8, 9])
  assert.equal(dropped, [0])
})

asRoot('ch1 passes no open file on when the caller has many', async () => {
  const prefix = ['sh', '-c', 'exec 3</ 5</etc 9>>/dev/null; exec "$@"', 'sh']
  const { fds } = await factsOf(world, ch1, { prefix })
  assert.equal(
    fds.map(({ fd }) => fd),
    [0, 1, 2],
  )
})

asRoot('ch1 fills closed stdio with nothing of its own when the caller has none', async () => {
  const prefix = ['sh', '-c', 'exec <&- 2>&-; exec "$@"', 'sh']
  const { fds } = await factsOf(world, ch1, { prefix })
  assert.equal(
    fds.map(({ fd }) => fd),
    [0, 1, 2],
  )
})

asRoot('ch1 sets umask 022 and the working directory when the caller has others', async () => {
  const cwd = world.directoryOf({})
  const prefix = ['sh', '-c', 'umask 077; exec "$@"', 'sh']
  const facts = await factsOf(world, [...ch1, '-w', '/var/log'], { prefix, cwd })
  assert.equal([facts.umask, facts.cwd], [0o022, '/var/log'])
})

asRoot('ch1 enters the working directory as the user when only root may enter it', async () => {
  const rootfs = world.copyRootfs()
  fs.mkdirSync(`${rootfs}/private`, { mode: 0o700 })
  const enter = (user: string) => run(world, [...ch1, '--rootfs', rootfs, '-u', user, '-w', '/private', 'true'])
  const [root, other] = await Promise.all([enter('0'), enter('4242')])
  assert.equal([root.code, other.code], [0, 126])
  assert.match(other.stderr, /private.*EACCES/)
})

asRoot('ch1 takes stdin from the caller when the program reads it', async () => {
  const input = nonce()
  assert.is((await run(world, [...ch1, 'cat'], { input })).stdout, input)
})

asRoot('ch1 leaves the rootfs as it was when a program ran', async () => {
  const rootfs = world.copyRootfs()
  const before = fs.readdirSync(rootfs).sort()
  const { stdout } = await run(world, [...ch1, '--rootfs', rootfs, 'inside', 'stat', '/dev/null', '/proc/self'])
  assert.equal(fs.readdirSync(rootfs).sort(), before)
  assert.equal(
    Object.values(parseStats(stdout)).map(({ error }) => error),
    ['ENOENT', 'ENOENT'],
  )
})

test.run()
