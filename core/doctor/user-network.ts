/** What an ordinary user has in place of the bridge: a program in both networks that carries packets across. */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { type SignOf, shows } from '#core/exec/helper'
import { host } from '#core/exec/host'
import { type Carrier, carriers, hasDefaultRoute } from '#core/plan/carriers'
import { identify } from '#core/sys/identity'
import { from } from './chapters.js'
import { degraded, type Machine, missing, ok, type Probe } from './check.js'
import { asRunner } from './moves.js'
import { install } from './remedy.js'
import { attempt, type Tried } from './trial.js'

export const userNetwork: Probe = {
  id: 'user-network',
  what: 'pasta or slirp4netns',
  chapters: from('ch2'),
  needed: [],
  loses: '--net bridge',
  after: ['network-namespace'],
  async look(machine) {
    const said: string[] = []
    for (const { name, argv } of carriers) {
      const path = machine.facts.tools[name]
      if (path === null) continue
      const tried = await connect(machine, argv(path, 'stage'))
      if (tried.done && said.length === 0) return ok(`${name} connects a namespace`)
      // a run takes the first that is there, and does not go on to the next
      if (tried.done)
        return degraded(`${said.join('; ')}; ${name} would do`, `remove the package of ${carriers[0]!.name}`)
      said.push(tried.said)
    }
    if (said.length === 0)
      return missing("neither program 'pasta' nor 'slirp4netns' is on this machine", install(false, 'pasta'))
    return missing(
      said.join('; '),
      /tun/.test(said.join()) ? 'sudo modprobe tun; sudo chmod 666 /dev/net/tun' : install(false, 'pasta'),
    )
  },
}

/** On a namespace that waits for it, as in a run; the device that it makes there goes with it. */
function connect(machine: Machine, argv: ReturnType<Carrier['argv']>): Promise<Tried> {
  const { perform } = host('', machine.facts)
  const helper = { op: 'spawn_helper', argv, ready: hasDefaultRoute('stage'), pidFile: '' } as const
  return attempt(
    machine,
    [...asRunner(machine), { op: 'unshare', flags: ['CLONE_NEWNET'] }, helper, { op: 'umask', mask: 0 }],
    {
      perform(step, processes) {
        if (step.op !== 'spawn_helper') return perform(step, processes)
        const pid = processes.stage!
        const words = argv.map(word => (typeof word === 'string' ? word : String(pid)))
        awaitSign(words, { ...step.ready, of: pid }, machine.scratch.file('helper', ''))
        return undefined
      },
    },
  )
}

const LIMIT_MS = 1000

/** Starts the program and ends it as soon as it is at work. @throws Error with what it said */
function awaitSign([program, ...args]: readonly string[], sign: SignOf, log: string): void {
  const fd = fs.openSync(log, 'w')
  // killed with us, should we be interrupted: the leash of a run is more than a moment needs
  const child = spawn(program!, args, { stdio: ['ignore', fd, fd] })
  child.on('error', () => undefined) // it has no pid then
  fs.closeSync(fd)
  const deadline = Date.now() + LIMIT_MS
  const lives = (): boolean => child.pid !== undefined && identify(child.pid) !== null
  try {
    while (!shows(sign)) {
      if (lives() && Date.now() < deadline) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
      else throw new Error(`${program!.split('/').at(-1)}: ${lastLine(log) ?? `no way out after ${LIMIT_MS} ms`}`)
    }
  } finally {
    child.kill('SIGTERM')
  }
}

function lastLine(log: string): string | undefined {
  const lines = fs
    .readFileSync(log, 'utf8')
    .split('\n')
    .filter(line => line.trim() !== '' && !/syslog|^child failed/.test(line))
  return lines.at(-1)?.trim()
}
