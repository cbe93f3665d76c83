/** Ordinary users that exist for one test: a number, directories of their own, ids of /etc/subuid or none. */

import * as fs from 'node:fs'
import type { Options } from './cli.js'
import type { World } from './world.js'

export interface User {
  readonly uid: number
  readonly home: string
  /** MINI_DOCKER_RUN is unset: it is found by XDG_RUNTIME_DIR, here. */
  readonly run: string
  /** How the command line is started as this user. */
  readonly options: Options
}

let next = 61_000 + (process.pid % 3000)

export function newUser(world: World): User {
  const uid = next++
  const home = world.path(`home-${uid}`)
  const runtime = `${home}/runtime`
  fs.mkdirSync(runtime, { recursive: true, mode: 0o700 })
  for (const directory of [home, runtime]) fs.chownSync(directory, uid, uid)
  // the coverage's directory is root's: what they run is not counted
  const env = { HOME: home, XDG_RUNTIME_DIR: runtime, MINI_DOCKER_RUN: undefined, NODE_V8_COVERAGE: '' }
  return { uid, home, run: `${runtime}/mini-docker`, options: { env, cwd: home, prefix: asUser(uid) } }
}

const asUser = (uid: number): string[] => ['setpriv', '--reuid', String(uid), '--regid', String(uid), '--clear-groups']

/**
 * The same user with a range of subordinate ids. The host's files stay as they are: edited copies are bound over them in
 * a mount namespace that only this command line sees.
 */
export function withRange(world: World, user: User, start: number, count: number): User {
  const passwd = fs.readFileSync('/etc/passwd', 'utf8')
  const files = {
    '/etc/passwd': `${passwd}throwaway:x:${user.uid}:${user.uid}::${user.home}:/bin/sh\n`,
    '/etc/subuid': `throwaway:${start}:${count}\n`,
    '/etc/subgid': `throwaway:${start}:${count}\n`,
  }
  const binds = Object.entries(files).map(([file, text]) => {
    const copy = world.path()
    fs.writeFileSync(copy, text, { mode: 0o644 })
    return `mount --bind ${copy} ${file}`
  })
  const script = `${binds.join(' && ')} && exec "$@"`
  const prefix = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh', ...asUser(user.uid)]
  return { ...user, options: { ...user.options, prefix } }
}
