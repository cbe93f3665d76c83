/** ch2 -t: a terminal of the container's own, and the caller's given back however the run ends. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run, start } from '#support/cli'
import { parseFacts } from '#support/inside'
import { needs } from '#support/needs'
import { initOf } from '#support/processes'
import { Pty, startOn } from '#support/pty'
import { leftovers, newWorld, nonce, until } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside', 'setsid')
const ch2 = ['ch2', 'run'] as const

/** Gives the body a terminal, and checks afterwards that its settings are what they were and nothing is left. */
function onTerminal(name: string, body: (pty: Pty) => Promise<void>): void {
  asRoot(name, async () => {
    const pty = new Pty({ rows: 33, columns: 111 })
    try {
      const before = pty.settings()
      await body(pty)
      assert.is(pty.settings(), before, 'settings of the terminal')
      assert.equal(await leftovers(world), [])
    } finally {
      pty.close()
    }
  })
}

for (const flags of [[], ['--userns'], ['--init'], ['--user', '1000'], ['--userns', '--user', '1000']]) {
  onTerminal(`the container has /dev/pts/0 in our window's size when run with -it ${flags.join(' ')}`, async pty => {
    const cli = startOn(pty, world, [
      ...ch2,
      '-it',
      ...flags,
      'sh',
      '-c',
      'tty; inside facts; inside stat /dev/console /dev/tty; echo x >/dev/tty',
    ])
    assert.is((await cli.done).code, 0, pty.text)
    await pty.shows(/\nx\r\n$/)
    const [name, json, console, devTty] = pty.text.split('\r\n')
    const facts = parseFacts(json!)
    assert.equal([name, facts.tty], ['/dev/pts/0', '/dev/pts/0'])
    assert.equal(facts.window, { rows: 33, columns: 111 })
    assert.ok(facts.env.includes('TERM=xterm'))
    assert.is(facts.session, 1)
    assert.equal(
      facts.fds.map(({ fd, target }) => [fd, target]),
      [0, 1, 2].map(fd => [fd, '/dev/pts/0']),
    )
    assert.match(console!, /"type":"char"/)
    assert.match(devTty!, /"rdev":"5:0"/)
  })
}

onTerminal('a new size arrives inside when our window changes', async pty => {
  const script = `trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done`
  const cli = startOn(pty, world, [...ch2, '-it', '--name', 'resized', 'sh', '-c', script])
  await pty.shows(/ready/)
  pty.resize({ rows: 50, columns: 132 })
  await pty.shows(/50 132/)
  process.kill(await initOf(world, 'resized'), 'SIGKILL')
  assert.is((await cli.done).code, 137)
})

onTerminal('^C goes to the program inside and not to the CLI when it is typed', async pty => {
  const script = `trap 'echo caught' INT; echo ready; read line; echo "read $line"; stty -echo; read hidden; echo done`
  const cli = startOn(pty, world, [...ch2, '-it', 'sh', '-c', script])
  await pty.shows(/ready/)
  pty.type('\x03')
  await pty.shows(/\^C/)
  pty.type('\r')
  await pty.shows(/caught/)
  const word = nonce()
  pty.type(`${word}\r`)
  await pty.shows(/done/).catch(() => pty.type(`${word}\r`))
  pty.type('\r\r')
  assert.is((await cli.done).code, 0)
})

onTerminal('^C ends a program without handlers when --init stands before it', async pty => {
  const cli = startOn(pty, world, [...ch2, '-it', '--init', 'sh', '-c', 'echo ready; sleep 60'])
  await pty.shows(/ready/)
  pty.type('\x03')
  assert.is((await cli.done).code, 130)
})

onTerminal('what is typed is read and shown once when a shell runs inside', async pty => {
  const cli = startOn(pty, world, [...ch2, '-it', '-e', 'PS1=ready>', 'sh'])
  await pty.shows(/ready>/)
  pty.type('expr 1200 + 34\r')
  await pty.shows(/\n1234\r\n.*ready>/s) // the shell reads again: a ^D before would be flushed
  assert.is(pty.text.split('expr 1200').length, 2)
  pty.type('\x04')
  assert.is((await cli.done).code, 0)
})

const ends: Readonly<Record<string, readonly [script: string, code: number]>> = {
  'the program fails': ['exit 3', 3],
  'the program leaves its own terminal raw': ['stty raw -echo; exit 0', 0],
}
for (const [name, [script, code]] of Object.entries(ends)) {
  onTerminal(`the terminal is as before when ${name}`, async pty => {
    assert.is((await startOn(pty, world, [...ch2, '-it', 'sh', '-c', script]).done).code, code)
  })
}

onTerminal('the terminal is as before when the program is killed', async pty => {
  const before = pty.settings()
  const cli = startOn(pty, world, [...ch2, '-it', '--name', 'killed', 'sh', '-c', 'echo ready; sleep 60'])
  await pty.shows(/ready/)
  await until('our terminal is raw', () => pty.settings() !== before)
  process.kill(await initOf(world, 'killed'), 'SIGKILL')
  assert.is((await cli.done).code, 137)
})

for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  onTerminal(`the terminal is as before when the CLI gets ${signal}`, async pty => {
    const cli = startOn(pty, world, [...ch2, '-it', '--init', 'sh', '-c', 'echo ready; sleep 60'])
    await pty.shows(/ready/)
    cli.child.kill(signal)
    assert.is((await cli.done).code, signal === 'SIGTERM' ? 143 : 129)
  })
}

onTerminal('the terminal is given back when the CLI is killed by SIGKILL', async pty => {
  const before = pty.settings()
  const cli = startOn(pty, world, [...ch2, '-it', '--name', 'murdered', 'sh', '-c', 'echo ready; sleep 60'])
  await pty.shows(/ready/)
  await until('our terminal is raw', () => pty.settings() !== before)
  cli.child.kill('SIGKILL')
  await cli.done
  await until('the terminal is as before', () => pty.settings() === before)
  await run(world, [...ch2, 'true']) // takes the record back
})

onTerminal('the terminal is as before when the container does not start', async pty => {
  const results = [
    startOn(pty, world, [...ch2, '-it', '/no/such/program']),
    startOn(pty, world, [...ch2, '-it', '--rootfs', '/no/such', 'true']),
    startOn(pty, world, [...ch2, '-it', '--tmpfs', '/t:no-such-option', 'true']),
  ]
  const codes = []
  for (const cli of results) codes.push((await cli.done).code)
  assert.equal(codes, [127, 125, 125])
})

onTerminal('all of a big output arrives, each line end translated once, when a terminal is in between', async pty => {
  const cli = startOn(pty, world, [...ch2, '-it', 'seq', '1', '20000'])
  assert.is((await cli.done).code, 0)
  await pty.shows(/\n20000\r\n/)
  assert.is(pty.text, Array.from({ length: 20_000 }, (_, i) => `${i + 1}\r\n`).join(''))
})

onTerminal('stdin stays ours when -t is given without -i', async pty => {
  const cli = startOn(pty, world, [...ch2, '-t', 'sh', '-c', 'tty; sleep 0.2'])
  pty.type('typed')
  assert.is((await cli.done).code, 0)
  assert.match(pty.text, /\/dev\/pts\/0\r+\n/) // our own terminal is not raw then, as with docker run -t
})

asRoot('-it without a terminal is refused, and -t alone is not: Docker’s rule', async () => {
  const [both, alone] = await Promise.all([
    run(world, [...ch2, '-it', 'tty'], { input: 'x' }),
    run(world, [...ch2, '-t', 'tty']),
  ])
  assert.is(both.code, 125)
  assert.match(both.stderr, /^mini-docker: stdin: is not a terminal \(leave out -t\)\n$/)
  assert.equal([alone.code, alone.stdout], [0, '/dev/pts/0\r\n'])
})

onTerminal('exec -t has a terminal of its own when the container has one, and none', async pty => {
  const box = start(world, [...ch2, '--name', 'box', 'sleep', '60'])
  await initOf(world, 'box')
  const cli = startOn(pty, world, ['ch2', 'exec', '-it', 'box', 'sh', '-c', 'tty; stty size; exit 5'])
  assert.is((await cli.done).code, 5, pty.text)
  assert.match(pty.text, /^\/dev\/pts\/\d+\r\n33 111\r\n$/)
  process.kill(await initOf(world, 'box'), 'SIGKILL')
  await box.done
})

test.run()
