/** ch2 as an ordinary user: the same container, without a right over the machine. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run, start } from '#support/cli'
import { factsOf, parseMounts } from '#support/inside'
import { needs } from '#support/needs'
import { descendant, namespaceOf, statusOf } from '#support/processes'
import { Pty, startOn } from '#support/pty'
import { newUser, type User, withRange } from '#support/users'
import { leftovers, newWorld, nonce } from '#support/world'

const world = newWorld()
const own = ['root', 'native', 'inside', 'setpriv', 'user namespaces']
const ch2 = ['ch2', 'run'] as const
const rangeStart = 700_000
const kinds = ['mnt', 'pid', 'uts', 'ipc', 'net', 'cgroup', 'time', 'user'] as const

const nothingLeft = async (user: User): Promise<void> => {
  assert.equal(await leftovers(world), [])
  const containers = `${user.run}/containers`
  assert.equal(fs.existsSync(containers) ? fs.readdirSync(containers) : [], [])
}

const makers: Readonly<Record<string, readonly [needed: string[], make: () => User]>> = {
  'without a range': [[], () => newUser(world)],
  'with a range': [['newuidmap', 'newgidmap', 'unshare'], () => withRange(world, newUser(world), rangeStart, 65_536)],
}

for (const [name, [needed, make]] of Object.entries(makers)) {
  const asUser = needs(...own, ...needed)
  const hasRange = needed.length > 0

  asUser(`an ordinary user ${name} has every namespace new and is root inside`, async () => {
    const user = make()
    const facts = await factsOf(world, ch2, user.options)
    assert.equal([facts.uid, facts.gid, facts.pid, facts.groups.length], [0, 0, 1, 0])
    for (const kind of kinds) assert.is.not(facts.ns[kind], namespaceOf('self', kind), kind)
    assert.equal(facts.interfaces, [{ name: 'lo', up: true, ipv4: '127.0.0.1' }])
    assert.equal(
      parseMounts(facts.mountinfo!)
        .map(({ at }) => at)
        .filter(at => !/^\/dev\/(null|zero|full|u?random|tty)$/.test(at))
        .sort(),
      ['/', '/dev', '/dev/mqueue', '/dev/pts', '/dev/shm', '/proc', '/sys'],
    )
    assert.equal(
      facts.fds.map(({ fd }) => fd),
      [0, 1, 2],
    )
    await nothingLeft(user)
  })

  asUser(`the host sees the user's own id when a container of an ordinary user ${name} runs`, async () => {
    const user = make()
    const shared = `${user.home}/shared`
    fs.mkdirSync(shared)
    fs.chownSync(shared, user.uid, user.uid)
    const cli = start(
      world,
      [...ch2, '-v', `${shared}:/mnt`, 'sh', '-c', 'touch /mnt/made; echo up; sleep 60'],
      user.options,
    )
    await cli.says(/up/)
    const pid = await descendant(cli.pid, 'sleep')
    assert.equal(statusOf(pid, 'Uid')[0], String(user.uid))
    assert.is(fs.statSync(`${shared}/made`).uid, user.uid)
    const map = fs
      .readFileSync(`/proc/${pid}/uid_map`, 'utf8')
      .trim()
      .split('\n')
      .map(line => line.trim().split(/\s+/).join(' '))
    assert.equal(map, [`0 ${user.uid} 1`, ...(hasRange ? [`1 ${rangeStart} 65536`] : [])])
    assert.is(fs.readFileSync(`/proc/${pid}/setgroups`, 'utf8').trim(), hasRange ? 'allow' : 'deny')
    process.kill(pid, 'SIGKILL')
    await cli.done
    await nothingLeft(user)
  })

  asUser(`the main things work when an ordinary user ${name} asks for them`, async () => {
    const user = make()
    const word = nonce()
    fs.writeFileSync(`${user.home}/file`, word)
    const go = (...args: string[]) => run(world, [...ch2, ...args], user.options)
    const [mounted, refused, hostname, init, exit, missing, readOnly, clocks, loop] = await Promise.all([
      go('-v', `${user.home}/file:/tmp/word:ro`, 'cat', '/tmp/word'),
      go('-v', `${user.home}/file:/tmp/word:ro`, 'sh', '-c', 'echo x >/tmp/word'),
      go('--hostname', 'mine', 'hostname'),
      go('--init', 'inside', 'orphan', '3'),
      go('inside', 'exit', '42'),
      go('no-such-program'),
      go('--read-only', '--tmpfs', '/tmp', 'sh', '-c', 'touch /tmp/x && touch /x'),
      go('--boottime', '1000000', 'cat', '/proc/uptime'),
      go(
        '--tmpfs',
        '/tmp',
        'sh',
        '-c',
        'inside serve 8080 hi >/tmp/log & until grep -q l /tmp/log; do sleep 0.02; done; inside fetch 127.0.0.1 8080',
      ),
    ])
    assert.is(mounted.stdout, word, mounted.stderr)
    assert.match(refused.stderr, /[Rr]ead-only/)
    assert.is(hostname.stdout, 'mine\n')
    assert.is(init.stdout, '{"zombies":0}\n')
    assert.equal([exit.code, missing.code], [42, 127])
    assert.match(readOnly.stderr, /\/x: .*[Rr]ead-only/)
    assert.ok(Number(clocks.stdout.split(' ')[0]) > 1_000_000)
    assert.is(loop.stdout, 'hi')
    await nothingLeft(user)
  })

  asUser(`--user names root of the container when an ordinary user ${name} asks for it`, async () => {
    const user = make()
    const cli = start(world, [...ch2, '--name', 'mine', 'sh', '-c', 'echo up; sleep 60; :'], user.options)
    await cli.says(/up/)
    const ids = ['sh', '-c', 'id -u; id -g']
    const results = await Promise.all([
      run(world, [...ch2, '--user', '0:0', ...ids], user.options),
      run(world, ['ch2', 'exec', '--user', '0:0', 'mine', ...ids], user.options),
    ])
    for (const { stdout, stderr } of results) assert.equal([stdout, stderr], ['0\n0\n', ''])
    process.kill(await descendant(cli.pid, 'sleep'), 'SIGKILL')
    await cli.done
    await nothingLeft(user)
  })

  asUser(`exec joins a container of an ordinary user ${name}`, async () => {
    const user = make()
    const cli = start(
      world,
      [...ch2, '--name', 'mine', '-e', 'OF=it', 'sh', '-c', 'echo up; sleep 60; :'],
      user.options,
    )
    await cli.says(/up/)
    const pid = await descendant(cli.pid, 'sleep')
    const facts = await factsOf(world, ['ch2', 'exec', 'mi'], user.options)
    assert.equal(
      kinds.map(kind => facts.ns[kind]),
      kinds.map(kind => namespaceOf(pid, kind)),
    )
    assert.is(facts.uid, 0)
    assert.ok(facts.env.includes('OF=it'))
    process.kill(pid, 'SIGKILL')
    await cli.done
    await nothingLeft(user)
  })

  asUser(`a terminal works when an ordinary user ${name} asks for one`, async () => {
    const user = make()
    const pty = new Pty({ rows: 30, columns: 100 })
    try {
      fs.fchownSync(pty.slave, user.uid, user.uid)
      const before = pty.settings()
      const options = { ...user.options, env: { ...user.options.env } }
      const cli = startOn(pty, world, [...ch2, '-it', 'sh', '-c', 'tty; stty size'], options)
      assert.is((await cli.done).code, 0, pty.text)
      assert.is(pty.text, '/dev/pts/0\r\n30 100\r\n')
      assert.is(pty.settings(), before)
    } finally {
      pty.close()
    }
    await nothingLeft(user)
  })

  asUser(
    `--user 1000 ${hasRange ? 'is an id of the range' : 'is refused'} when an ordinary user ${name} asks for it`,
    async () => {
      const user = make()
      const shared = `${user.home}/open`
      fs.mkdirSync(shared)
      fs.chmodSync(shared, 0o777)
      const { code, stdout, stderr } = await run(
        world,
        [...ch2, '--user', '1000', '-v', `${shared}:/mnt`, 'sh', '-c', 'touch /mnt/made; id -u'],
        user.options,
      )
      if (hasRange) {
        assert.equal([code, stdout], [0, '1000\n'], stderr)
        assert.is(fs.statSync(`${shared}/made`).uid, rangeStart + 999)
      } else {
        assert.is(code, 125)
        assert.match(stderr, /^mini-docker: --user: uid 1000: is not mapped [^\n]*\/etc\/subuid and newuidmap[^\n]*\n$/)
      }
      await nothingLeft(user)
    },
  )

  for (const flag of ['--no-pid', '--no-uts', '--no-ipc', '--no-cgroup', '--no-time', '--net=host']) {
    asUser(`${flag} works when an ordinary user ${name} shares that namespace`, async () => {
      const user = make()
      const { code, stderr } = await run(world, [...ch2, flag, 'true'], user.options)
      assert.is(code, 0, stderr)
      await nothingLeft(user)
    })
  }
}

const asUser = needs(...own)

asUser('an ordinary user leaves nothing when the CLI is killed', async () => {
  const user = newUser(world)
  const cli = start(world, [...ch2, 'sh', '-c', 'echo up; sleep 60'], user.options)
  await cli.says(/up/)
  cli.child.kill('SIGKILL')
  await cli.done
  await run(world, [...ch2, 'true'], user.options)
  await nothingLeft(user)
})

asUser('one user cannot enter the container of another when they try by pid', async () => {
  const [mine, theirs] = [newUser(world), newUser(world)]
  const cli = start(world, [...ch2, 'sh', '-c', 'echo up; sleep 60'], mine.options)
  await cli.says(/up/)
  const pid = await descendant(cli.pid, 'sleep')
  const { code, stderr } = await run(world, ['ch2', 'exec', String(pid), 'true'], theirs.options)
  assert.is(code, 125)
  assert.match(stderr, /^mini-docker: [^\n]*(EACCES|EPERM)[^\n]*\n$/)
  process.kill(pid, 'SIGKILL')
  await cli.done
})

asUser('root enters the container of an ordinary user when it tries by pid', async () => {
  const user = newUser(world)
  const cli = start(world, [...ch2, '--hostname', 'theirs', 'sh', '-c', 'echo up; sleep 60'], user.options)
  await cli.says(/up/)
  const pid = await descendant(cli.pid, 'sleep')
  const { stdout, stderr } = await run(world, ['ch2', 'exec', String(pid), 'hostname'])
  assert.is(stdout, 'theirs\n', stderr)
  process.kill(pid, 'SIGKILL')
  await cli.done
})

test.run()
