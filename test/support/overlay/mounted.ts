/**
 * Performs operations of the overlay model on the kernel's: a program in a mount namespace of its own, a line of JSON in and
 * one out for each story. Its directories are on a tmpfs, which goes with the namespace.
 *
 *   unshare -m node mounted.js DIRECTORY
 */

import * as fs from 'node:fs'
import * as readline from 'node:readline'
import type { Operation } from '#chapters/ch4-images/union/model'
import type { Tree } from '#chapters/ch4-images/union/tree'
import { errnoOf } from '#core/errors'
import { call } from '#core/sys/libc'
import { packed, readTree, unpacked, writeTree } from './on-disk.js'

export interface Story {
  /** Topmost first. */
  readonly lowers: readonly Tree[]
  readonly steps: readonly (Operation | { readonly op: 'commit' })[]
}
export interface Told {
  /** Of each step, null where it succeeded. */
  readonly errnos: readonly (string | null)[]
  readonly upper: Tree
  readonly merged: Tree
}

const base = process.argv[2]!
const merged = `${base}/merged`
const work = `${base}/work`
const options = 'index=off,metacopy=off,redirect_dir=off'

const mount = (type: string, target: string, data: string): number =>
  call(
    'int mount(const char *source, const char *target, const char *fstype, unsigned long flags, const char *data)',
    type,
    target,
    type,
    0,
    data,
  )
const unmount = (target: string): number => call('int umount2(const char *target, int flags)', target, 0)

function tell({ lowers, steps }: Story): Told {
  const layers = lowers.map((tree, i) => {
    fs.mkdirSync(`${base}/lower${i}`)
    writeTree(`${base}/lower${i}`, tree)
    return `${base}/lower${i}`
  })
  let uppers = 0
  let upper = ''
  const stack = (): void => {
    upper = `${base}/upper${uppers++}`
    for (const place of [upper, work, merged]) fs.mkdirSync(place, { recursive: true })
    mount('overlay', merged, `lowerdir=${layers.join(':')},upperdir=${upper},workdir=${work},${options}`)
  }
  stack()
  const errnos = steps.map(step => {
    if (step.op !== 'commit') return errnoIn(step)
    unmount(merged)
    layers.unshift(upper)
    stack()
    return null
  })
  const seen = readTree(merged)
  unmount(merged)
  const told = { errnos, upper: readTree(upper), merged: seen }
  for (const name of fs.readdirSync(base)) fs.rmSync(`${base}/${name}`, { recursive: true })
  return told
}

function errnoIn(operation: Operation): string | null {
  try {
    act(operation)
    return null
  } catch (error) {
    return errnoOf(error) ?? String(error)
  }
}

function act(operation: Operation): unknown {
  const { O_WRONLY, O_APPEND, O_CREAT, O_TRUNC } = fs.constants
  const write = (path: string, content: string, flags: number): void => {
    const fd = fs.openSync(walked(path), O_WRONLY | flags, 0o644)
    fs.writeSync(fd, content)
    fs.closeSync(fd)
  }
  switch (operation.op) {
    case 'write':
      return write(operation.path, operation.content, O_CREAT | O_TRUNC)
    case 'append':
      return write(operation.path, operation.content, O_APPEND)
    case 'mkdir':
      return fs.mkdirSync(walkedTo(operation.path), 0o755)
    case 'chmod':
      return fs.chmodSync(walked(operation.path), operation.mode)
    case 'symlink':
      return fs.symlinkSync(operation.target, walkedTo(operation.path))
    case 'rename':
      return fs.renameSync(walkedTo(operation.from), walkedTo(operation.to))
    case 'remove': {
      const path = walkedTo(operation.path)
      return fs.lstatSync(path).isDirectory() ? fs.rmdirSync(path) : fs.unlinkSync(path)
    }
  }
}

/** As openat2's RESOLVE_NO_SYMLINKS walks: no directory on the way may be a symlink, nor be missing. */
function walkedTo(path: string): string {
  const names = path.split('/')
  for (let end = 2; end < names.length; end++) {
    const at = names.slice(0, end).join('/')
    const stat = fs.lstatSync(merged + at)
    noSymlink(stat, at)
    if (!stat.isDirectory()) throw Object.assign(new Error(`${at} is no directory`), { code: 'ENOTDIR' })
  }
  return merged + path
}
/** The same, and what is there at its end is none either. */
function walked(path: string): string {
  const whole = walkedTo(path)
  noSymlink(fs.lstatSync(whole, { throwIfNoEntry: false }), path)
  return whole
}
function noSymlink(stat: fs.Stats | undefined, path: string): void {
  if (stat?.isSymbolicLink()) throw Object.assign(new Error(`${path} is a symlink`), { code: 'ELOOP' })
}

process.umask(0o022)
fs.mkdirSync(base, { recursive: true })
mount('tmpfs', base, '')
for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(`${packed(tell(unpacked<Story>(line)))}\n`)
}
