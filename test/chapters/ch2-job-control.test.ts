/** ch2 and the shell that started it: ^Z and fg, and the window that is closed. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Running, start } from '#support/cli'
import { descendantsOf } from '#support/descendants'
import { needs } from '#support/needs'
import { onQuietMachine } from '#support/patience'
import { initOf, statusOf } from '#support/processes'
import { Pty, startOn } from '#support/pty'
import { leftovers, newWorld, sleep, until } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'setsid', 'bash')

function onTerminal(name: string, body: (pty: Pty) => Promise<void>): void {
  asRoot(name, async () => {
    const pty = new Pty({ rows: 24, columns: 80 })
    try {
      await body(pty)
      assert.equal(await leftovers(world), [])
    } finally {
      pty.close()
    }
  })
}

/** A shell with job control, which runs the command line in the foreground, and again when it was stopped. */
function inShell(pty: Pty, args: readonly string[]): Running {
  const script = `set -m; "$@"; echo "[stopped: $?]"; read line; fg >/dev/null; echo "[ended: $?]"`
  const prefix = ['setsid', '--ctty', 'bash', '-c', script, 'bash']
  return start(world, args, { prefix, stdio: [pty.slave, pty.slave, pty.slave] })
}

const stateOf = (pid: number): string => statusOf(pid, 'State')[0] ?? ''
const counting = 'i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo "line $i."; sleep 0.02; done'
const forms: Readonly<Record<string, readonly string[]>> = {
  'its program has no children': ['sh', '-c', counting],
  'its program runs below --init': ['--init', 'sh', '-c', counting],
  'the child of its program writes': ['sh', '-c', `(${counting}) & wait`],
  'it shares our pids': ['--no-pid', 'sh', '-c', `(${counting}) & wait`],
}

for (const [when, command] of Object.entries(forms)) {
  onTerminal(`^Z stops all of a container and fg continues it when ${when}`, async pty => {
    const shell = inShell(pty, ['ch2', 'run', '--name', 'stopped', ...command])
    await pty.shows(/line 3\./)
    const init = await initOf(world, 'stopped')
    pty.type('\x1a')
    await pty.shows(/\[stopped: 147\]/) // 128 + SIGSTOP
    const inside = [init, ...descendantsOf(init)]
    await until('all inside are stopped', () => inside.every(pid => ['T', 'Z', ''].includes(stateOf(pid))))
    const before = pty.text
    await sleep(150)
    assert.is(pty.text, before)
    pty.type('\r')
    const last = Number(/.*line (\d+)\./s.exec(before)![1])
    await pty.shows(new RegExp(`line ${last + 3}\\.`))
    assert.ok(inside.every(pid => stateOf(pid) !== 'T'))
    process.kill(init, 'SIGKILL')
    await pty.shows(/\[ended: 137\]/)
    await shell.done
  })
}

onTerminal('SIGCONT goes to the program when nothing was stopped', async pty => {
  const cli = startOn(pty, world, [
    'ch2',
    'run',
    'sh',
    '-c',
    'trap "exit 5" CONT; echo up; while :; do sleep 0.02; done',
  ])
  await pty.shows(/up/)
  cli.child.kill('SIGCONT')
  assert.is((await cli.done).code, 5)
})

const graceMs = 3000

for (const flags of [[], ['-it']]) {
  const form = `ch2 run ${flags.join(' ')}`

  onTerminal(
    `a program that does not notice is ended after its grace when the window of '${form}' is closed`,
    async pty => {
      const deaf = 'trap "" HUP; echo up; while :; do sleep 0.1; done'
      const cli = startOn(pty, world, ['ch2', 'run', ...flags, 'sh', '-c', deaf])
      await pty.shows(/up/)
      const begin = performance.now()
      pty.hangUp()
      assert.is((await cli.done).code, 137)
      const took = performance.now() - begin
      assert.ok(took >= graceMs - 100 && took < graceMs + 1000 * onQuietMachine(2), `${took} ms`)
    },
  )
}

for (const flags of [[], ['-t'], ['-it'], ['-it', '--init']]) {
  const form = `ch2 run ${flags.join(' ')}`

  onTerminal(`a program has time to put its things away when the window of '${form}' is closed`, async pty => {
    const place = world.directoryOf({})
    const script =
      'trap "echo bye; sleep 0.3; echo put away >/place/saved; exit 7" HUP; echo up; while :; do sleep 0.1; done'
    const cli = startOn(pty, world, ['ch2', 'run', '-v', `${place}:/place`, ...flags, 'sh', '-c', script])
    await pty.shows(/up/)
    pty.hangUp()
    assert.is((await cli.done).code, 7)
    assert.is(fs.readFileSync(`${place}/saved`, 'utf8'), 'put away\n')
  })
}

test.run()
