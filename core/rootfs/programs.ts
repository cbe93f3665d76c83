/** Finds on this machine what a default rootfs is made of: a static busybox, or else the machine's own programs. */

import * as fs from 'node:fs'
import { readElfAt } from './elf-file.js'

export interface Busybox {
  readonly path: string
  /** The names that it goes by, itself left out. */
  readonly applets: readonly string[]
}

/** Programs that the chapters' pages use; of these, what is there. */
const wanted = (
  'sh bash ls cat ps mount umount hostname id env sleep echo printf true false head tail grep sed awk sort wc cut tr ' +
  'ln mkdir rmdir rm cp mv touch chmod chown dd df du date uname stat readlink kill ip ping mknod chroot unshare ' +
  'pwd test expr seq nproc free top vi less find xargs tar gzip whoami dirname basename timeout sync tty stty which clear'
).split(' ')

/** Before $PATH: a link /bin → usr/bin comes along when /bin is where a program is found. */
const standardPlaces = ['/bin', '/usr/bin', '/sbin', '/usr/sbin', '/usr/local/bin']

function places(): string[] {
  const own = (process.env.PATH ?? '').split(':').filter(place => place.startsWith('/'))
  return [...new Set([...standardPlaces, ...own])]
}

/** A dynamic busybox (Alpine's) does not count: it is no less in need of libraries than any other program. */
export function findBusybox(): Busybox | null {
  for (const place of places()) {
    const path = `${place}/busybox`
    const applets = isStatic(path) ? appletsOf(path) : []
    if (applets.includes('sh')) return { path: fs.realpathSync(path), applets }
  }
  return null
}

function isStatic(path: string): boolean {
  try {
    const { interpreter, needed } = readElfAt(path)
    return interpreter === null && needed.length === 0
  } catch {
    return false // missing, unreadable or no program: look on
  }
}

function appletsOf(busybox: string): string[] {
  // Loaded here, because it is needed once in the life of a machine and every run would pay for it.
  const { execFileSync } = process.getBuiltinModule('node:child_process')
  try {
    const names = execFileSync(busybox, ['--list'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {},
    }).split('\n')
    return names.filter(name => /^[\w[\].+-]+$/.test(name) && !/^\.+$/.test(name) && name !== 'busybox')
  } catch {
    return [] // one for another processor, or built without --list
  }
}

/** Absolute paths, /bin/sh first; empty when there is no shell, without which a rootfs is of no use. */
export function findHostPrograms(): string[] {
  const found = wanted.flatMap(name => {
    const place = places().find(one => isProgram(`${one}/${name}`))
    return place === undefined ? [] : [`${place}/${name}`]
  })
  return found.some(path => path.endsWith('/sh')) ? found : []
}

/** Readable as well as executable (it is to be copied), and of a kind whose needs can be told. */
function isProgram(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.R_OK | fs.constants.X_OK)
    if (!fs.statSync(path).isFile()) return false
    const fd = fs.openSync(path, 'r')
    try {
      const start = Buffer.alloc(4)
      fs.readSync(fd, start, 0, start.length, 0)
      return start.toString('latin1') === '\x7fELF' || start.toString('latin1', 0, 2) === '#!'
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return false
  }
}
