/** ch2: number 1 and its duties, and the way of a signal from the caller to the program. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run, start } from '#support/cli'
import { descendantsOf } from '#support/descendants'
import { factsOf } from '#support/inside'
import { needs } from '#support/needs'
import { statusOf } from '#support/processes'
import { newUser, withRange } from '#support/users'
import { leftovers, newWorld, readOr, sleep, until } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')
const ch2 = ['ch2', 'run'] as const
const zombies = (stdout: string): number => (JSON.parse(stdout) as { zombies: number }).zombies

asRoot('orphans are reaped when --init is given, and stay zombies when it is not', async () => {
  const [without, withInit, sharedPids] = await Promise.all([
    run(world, [...ch2, 'inside', 'orphan', '5']),
    run(world, [...ch2, '--init', 'inside', 'orphan', '5']),
    run(world, [...ch2, '--init', '--userns', 'inside', 'orphan', '5']),
  ])
  assert.equal(
    [without, withInit, sharedPids].map(({ stdout }) => zombies(stdout)),
    [5, 0, 0],
  )
})

asRoot('the program is number 2 below our init when --init is given', async () => {
  const { pid, ppid, processes, session, pgrp } = await factsOf(world, [...ch2, '--init'])
  assert.equal([pid, ppid, processes], [2, 1, [1, 2]])
  assert.equal([session, pgrp], [1, 2])
  const { stdout } = await run(world, [...ch2, '--init', 'cat', '/proc/1/comm', '/proc/2/comm'])
  assert.is(stdout, 'mini-docker-ini\ncat\n')
  const commandLine = await run(world, [...ch2, '--init', 'cat', '/proc/1/cmdline'])
  assert.match(commandLine.stdout, /^mini-docker:init\0+$/)
})

for (const flags of [[], ['--init'], ['--no-pid'], ['--userns'], ['--user', '1000']]) {
  const name = flags.length === 0 ? 'without flags' : `with ${flags.join(' ')}`

  asRoot(`signals of the caller arrive in order when a container runs ${name}`, async () => {
    const cli = start(world, [...ch2, ...flags, 'inside', 'signals'])
    await cli.says(/ready/)
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR2', 'SIGALRM', 'SIGTERM'] as const) {
      cli.child.kill(signal)
      await cli.says(new RegExp(`${signal}\n`))
    }
    const { code, stdout } = await cli.done
    assert.is(code, 42)
    assert.is(stdout, 'ready\nSIGHUP\nSIGINT\nSIGQUIT\nSIGUSR2\nSIGALRM\nSIGTERM\n')
    assert.equal(await leftovers(world), [])
  })

  asRoot(`the program starts with default signals when a container runs ${name}`, async () => {
    const prefix = ['sh', '-c', 'trap "" HUP INT TERM PIPE USR1 CHLD; exec "$@"', 'sh']
    const { status } = await factsOf(world, [...ch2, ...flags], { prefix })
    for (const field of ['SigIgn', 'SigBlk', 'SigCgt']) assert.is(status![field], '0'.repeat(16), field)
  })
}

asRoot('ch1 forwards signals when it has no namespace to look into', async () => {
  const cli = start(world, ['ch1', 'run', 'inside', 'signals'])
  await cli.says(/ready/)
  cli.child.kill('SIGUSR2')
  await cli.says(/SIGUSR2/)
  cli.child.kill('SIGUSR1')
  assert.is((await cli.done).code, 43)
})

/** A shell as number 1 with no handlers: the kernel drops what would end it. */
const deaf = ['sh', '-c', 'echo up; while :; do sleep 5; done']

const withTools = needs('root', 'native', 'newuidmap', 'newgidmap', 'unshare', 'setpriv', 'user namespaces')

withTools('a signal waits for the program when it comes before that runs', async () => {
  // id maps are written half-way through the plan: a newuidmap that waits for us holds it there
  const script = '#!/bin/sh\n>here; until [ -e go ]; do sleep 0.01; done; exec /usr/bin/newuidmap "$@"\n'
  const place = world.directoryOf({ newuidmap: script })
  fs.chmodSync(place, 0o777)
  fs.chmodSync(`${place}/newuidmap`, 0o755)
  const { options } = withRange(world, newUser(world), 700_000, 100)
  const env = { ...options.env, PATH: `${place}:/usr/sbin:/usr/bin:/sbin:/bin` }
  const cli = start(world, [...ch2, '--rootfs', world.rootfs, '--init', ...deaf], { ...options, cwd: place, env })
  await until('the plan is half-way through', () => fs.existsSync(`${place}/here`))
  cli.child.kill('SIGTERM')
  fs.writeFileSync(`${place}/go`, '')
  const { code, stderr } = await cli.done
  assert.equal([code, stderr], [143, ''])
  assert.equal(await leftovers(world), [])
})

asRoot('three interrupts end the container when its number 1 is deaf', async () => {
  // told to be deaf: left alone, this shell catches SIGINT in `-c` between two commands
  const cli = start(world, [...ch2, 'sh', '-c', 'trap "" INT TERM; echo up; while :; do sleep 5; done'])
  await cli.says(/up/)
  cli.child.kill('SIGINT')
  await sleep(100)
  cli.child.kill('SIGTERM')
  await sleep(100)
  assert.is(cli.child.exitCode, null)
  cli.child.kill('SIGINT')
  assert.is((await cli.done).code, 137)
  assert.equal(await leftovers(world), [])
})

asRoot('one SIGTERM is enough when --init stands before a program without handlers', async () => {
  const cli = start(world, [...ch2, '--init', ...deaf])
  await cli.says(/up/)
  cli.child.kill('SIGTERM')
  assert.is((await cli.done).code, 143)
  assert.equal(await leftovers(world), [])
})

for (const flags of [[], ['--no-pid'], ['--init', '--userns'], ['--user', '1000']]) {
  asRoot(`nothing stays when the CLI is killed and the container runs with '${flags.join(' ')}'`, async () => {
    const cli = start(world, [
      ...ch2,
      '--name',
      'orphaned',
      ...flags,
      'sh',
      '-c',
      'sleep 61 & setsid sleep 62 & echo up; sleep 63',
    ])
    await cli.says(/up/)
    const pids = descendantsOf(cli.pid)
    assert.ok(pids.length >= 4, String(pids))
    cli.child.kill('SIGKILL')
    await cli.done
    await until('all are gone', () => pids.every(pid => ['', 'Z'].includes(statusOf(pid, 'State')[0] ?? '')))
    assert.equal(await leftovers(world), ['record orphaned'])
    const next = await run(world, [...ch2, '--name', 'orphaned', 'true']) // takes back what the dead one left
    assert.equal([next.code, next.stderr], [0, ''])
    assert.equal(await leftovers(world), [])
  })

  asRoot(
    `the CLI ends with an error and nothing stays when its monitor is killed with '${flags.join(' ')}'`,
    async () => {
      const cli = start(world, [...ch2, '--name', 'unwatched', ...flags, 'sh', '-c', 'echo up; sleep 60'])
      await cli.says(/up/)
      const monitor = descendantsOf(cli.pid).find(pid => readOr('', `/proc/${pid}/comm`) === 'mini-docker:mon\n')
      process.kill(monitor!, 'SIGKILL')
      const { code, stderr } = await cli.done
      assert.is(code, 137)
      assert.match(stderr, /^mini-docker: the monitor: was ended while the program ran[^\n]*\n$/)
      assert.equal(await leftovers(world), [])
    },
  )
}

test.run()
