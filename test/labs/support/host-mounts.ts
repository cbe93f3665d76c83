/** The room as a container's host: its mount table, and what it mounts while the container runs. */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { defaultPath, ociVersion, type Spec } from '#core/spec/runtime'
import type { Failure } from '#labs/runner/grade/grader'
import type { Ran, Room } from '#labs/runner/room/room'
import { told } from './view.js'

/** Runs it, and compares the host's mount table: no row may be new, gone or changed. */
export function unchanged(room: Room, command: readonly string[], went: (ran: Ran) => boolean): Failure | null {
  const table = () => room.read('/proc/self/mountinfo').split('\n')
  const before = table()
  const ran = room.run(command)
  const what = command.slice(2, -4).join(' ')
  if (ran.code !== 0 || !went(ran)) return { expected: `ch2 run ${what} does what it should`, found: told(ran) }
  const after = table()
  const news = after.filter(row => !before.includes(row))
  const gone = before.filter(row => !after.includes(row))
  if (news.length === 0 && gone.length === 0) return null
  const places = (news.length > 0 ? news : gone).map(row => row.split(' ')[4])
  return {
    expected: `ch2 run ${what} leaves /proc/self/mountinfo of its host as it was`,
    found: `${news.length} rows are new or changed, ${gone.length} are gone or changed: ${places.slice(0, 6).join(', ')}`,
  }
}

/** The container says that it is there; the host mounts a tmpfs below the volume's source; the container says what it sees. */
export function runWhileMounting(room: Room, nonce: string, word: string): Ran {
  const source = `${room.scratch}/${room.nonce()}`
  fs.mkdirSync(`${source}/sub`, { recursive: true })
  const spec: Spec = {
    ociVersion,
    root: { path: room.rootfs() },
    process: {
      args: [
        'sh',
        '-c',
        'touch /data/here; while ! [ -e /data/done ]; do :; done; cat /data/sub/nonce 2>/dev/null || printf nothing',
      ],
      env: [`PATH=${defaultPath}`],
      cwd: '/',
      user: { uid: 0, gid: 0 },
    },
    mounts: [{ destination: '/data', source, options: ['rbind', word] }],
    linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }] },
  }
  fs.writeFileSync(`${source}.json`, JSON.stringify(spec))
  const host = spawn(
    'sh',
    [
      '-c',
      `while ! [ -e here ]; do sleep 0.05; done
       mount -t tmpfs tmpfs sub && printf %s ${nonce} >sub/nonce; touch done`,
    ],
    { cwd: source, stdio: 'ignore' },
  )
  const ran = room.run(['ch2', 'run', '--spec', `${source}.json`])
  host.kill()
  return ran
}
