/**
 * Makes a directory appear whole or not at all: built beside its place under a name of its own, then renamed into it.
 *
 * There is no lock. rename(2) refuses a target that is not empty, so of two builders one wins and the other learns it.
 * A name tells its builder (pid and start time, as pids come again); what dead builders left goes with the next build.
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { errnoOf, fail } from '#core/errors'
import { identify } from '#core/sys/identity'
import { syncPath } from './tree.js'

/**
 * Calls `build` with an empty directory and moves that to `target`. With `replace` a directory already there is moved
 * away first and removed afterwards; else it stays, as does one that another builder put there meanwhile.
 *
 * @returns whether the target is now what `build` made
 * @throws whatever `build` throws, and Node's own errors of the file system; nothing is left behind then
 */
export function publishDirectory(target: string, build: (scratch: string) => void, replace = false): boolean {
  const made: string[] = []
  let scratch: string | null = null
  try {
    makeParents(path.dirname(target), made)
    const place = path.join(fs.realpathSync(path.dirname(target)), path.basename(target)) // as mountinfo spells it
    removeLeftovers(place)
    scratch = fs.mkdtempSync(`${ownName(place, 'new')}-`)
    build(scratch)
    const old = replace ? moveAway(place) : null
    const won = moveIn(scratch, place, old)
    syncPath(path.dirname(place))
    if (!won) removeTree(scratch)
    if (old !== null) removeQuietly(old)
    return won
  } catch (error) {
    if (scratch !== null) removeQuietly(scratch)
    for (const directory of made.reverse()) rmdirQuietly(directory)
    throw error
  }
}

/** A path beside `target` that this process may use and that counts as a leftover once the process is gone. */
export function ownName(target: string, role: 'new' | 'old'): string {
  return `${target}.${role}-${process.pid}-${identify(process.pid)?.startTime ?? 0}`
}

/** The two innermost directories (the data directory and its rootfs/) are ours: open to mapped users, whatever the umask. */
function makeParents(directory: string, made: string[]): void {
  const outer = path.dirname(directory)
  fs.mkdirSync(path.dirname(outer), { recursive: true })
  for (const one of [outer, directory]) {
    try {
      fs.mkdirSync(one)
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
      continue
    }
    fs.chmodSync(one, 0o755)
    made.push(one)
  }
}

function moveAway(place: string): string | null {
  const mount = mountBelow(place)
  if (mount !== undefined) {
    fail('FailedPrecondition', {
      what: `directory '${place}'`,
      why: `'${mount}' is mounted below it and would be emptied with it`,
      hint: `umount '${mount}'`,
    })
  }
  const old = `${ownName(place, 'old')}-${Date.now()}`
  try {
    fs.renameSync(place, old)
    return old
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}

function moveIn(scratch: string, place: string, old: string | null): boolean {
  try {
    fs.renameSync(scratch, place)
    return true
  } catch (error) {
    const errno = errnoOf(error)
    if ((errno === 'ENOTEMPTY' || errno === 'EEXIST') && fs.statSync(place).isDirectory()) return false
    if (old !== null) fs.renameSync(old, place)
    throw error
  }
}

function removeLeftovers(place: string): void {
  const base = path.basename(place)
  for (const name of fs.readdirSync(path.dirname(place))) {
    if (!name.startsWith(`${base}.`)) continue
    const match = /^\.(?:new|old)-(\d+)-(\d+)(?:-|$)/.exec(name.slice(base.length))
    if (match === null || identify(Number(match[1]))?.startTime === match[2]) continue
    removeQuietly(path.join(path.dirname(place), name))
  }
}

/** proc_pid_mountinfo(5), field 5; blanks and their kind are written in octal. */
function mountBelow(place: string): string | undefined {
  const points = fs
    .readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line =>
      (line.split(' ')[4] ?? '').replaceAll(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8))),
    )
  return points.find(point => point === place || point.startsWith(`${place}/`))
}

function removeTree(place: string): void {
  if (mountBelow(place) === undefined) fs.rmSync(place, { recursive: true, force: true })
}

/** Cleaning up must not hide why it is needed. What stays (files of mapped ids, to an ordinary user) is tried again. */
function removeQuietly(place: string): void {
  try {
    removeTree(place)
  } catch {
    // the next build comes by again
  }
}

function rmdirQuietly(directory: string): void {
  try {
    fs.rmdirSync(directory)
  } catch {
    // in use by others meanwhile
  }
}
