/** A container that is looked at from outside while it lives, and that ends by itself when we have seen enough. */

import type { ChildProcess } from 'node:child_process'
import * as fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ran, Room } from '#labs/runner/room/room'
import { said as inWords } from '../black-box/view.js'

const SECONDS = 15

export interface Living {
  readonly name: string
  /** Of its process 1, as the host knows it. */
  readonly pid: number
}

interface Begun extends Living {
  readonly ended: Promise<Ran>
}

interface Manner {
  readonly chapter?: 'ch2' | 'ch3'
  /** What it does until we have seen enough, over and over. */
  readonly doing?: string
}

/**
 * @param flags of `run`, without --name and --rootfs
 * @throws Error with what it said, when it is not running soon or does not end well
 */
export async function whileItRuns<T>(
  room: Room,
  flags: readonly string[],
  look: (container: Living) => T | Promise<T>,
  { chapter = 'ch2', doing = 'sleep 0.02' }: Manner = {},
): Promise<T> {
  const rootfs = room.rootfs()
  const wait = ['sh', '-c', `echo here; until test -e /end; do ${doing}; done`]
  const { ended, ...living } = await begin(room, ['--rootfs', rootfs, ...flags, '--', ...wait], chapter)
  let seen: T
  try {
    seen = await look(living)
  } finally {
    fs.writeFileSync(`${rootfs}/end`, '')
  }
  const ran = await ended
  if (ran.code !== 0) throw new Error(`a container that was looked at: ${inWords(ran)}`)
  return seen
}

/** @param args of `run`, command and all; resolves once the program has said something */
export async function begin(room: Room, args: readonly string[], chapter = 'ch2'): Promise<Begun> {
  const name = `c${room.nonce()}`
  const child = room.begin([chapter, 'run', '--name', name, ...args])
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]!.setEncoding('utf8').on('data', text => (said[stream] += text))
  const ended = endOf(child, said)
  for (let tries = 0; said.stdout === ''; tries++) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${chapter} run: ${inWords(await ended)}`)
    if (tries > SECONDS * 50) throw new Error(`a program that says nothing for ${SECONDS} s`)
    await sleep(20)
  }
  const state = fs.readFileSync(`${process.env.MINI_DOCKER_RUN}/containers/${name}/state.json`, 'utf8')
  return { name, pid: (JSON.parse(state) as { init: { pid: number } }).init.pid, ended }
}

function endOf(child: ChildProcess, said: { readonly stdout: string; readonly stderr: string }): Promise<Ran> {
  const limit = setTimeout(() => child.kill('SIGKILL'), 2 * SECONDS * 1000)
  return new Promise(resolve => {
    child.on('close', code => {
      clearTimeout(limit)
      resolve({ code: code ?? 137, ...said })
    })
  })
}
