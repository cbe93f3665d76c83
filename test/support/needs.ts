/**
 * Gates: a test says what it needs of the machine, and is skipped aloud where that is missing. The test runner takes
 * the lines that begin with `skipped: ` off what passed: a skip is never a pass.
 */

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { test } from 'uvu'
import { findStage } from '#core/exec/native'
import { probeFacts, which } from '#core/sys/probe'
import { setXattrOf } from '#core/sys/xattrs'
import { insidePath } from './inside.js'

/** Whatever has no row here is a program, looked for in PATH. */
const others: Readonly<Record<string, () => boolean>> = {
  linux: () => process.platform === 'linux',
  root: () => process.geteuid?.() === 0,
  native: () => findStage() !== null,
  inside: () => fs.existsSync(insidePath),
  cgroups: () => probeFacts().hierarchies.some(({ home }) => canWrite(home)),
  'user namespaces': () => fs.existsSync('/proc/self/ns/user') && limit('user') !== 0,
  'time namespaces': () => fs.existsSync('/proc/self/ns/time'),
  'cgroup v2': () => probeFacts().cgroup === 'v2',
  overlay: () => /\toverlay$/m.test(fs.readFileSync('/proc/filesystems', 'utf8')),
  // a tmpfs has had them since Linux 6.6
  'user xattrs': () => hasUserXattrs(os.tmpdir()),
  // containerd counts nothing in a cgroup of whose hierarchies one is mounted nowhere
  'mounted hierarchies': () => {
    const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8')
    const names = [...fs.readFileSync('/proc/self/cgroup', 'utf8').matchAll(/^\d+:(name=[^:]+):/gm)]
    return names.every(([, name]) => mounts.includes(`,${name}`))
  },
  'two processors': () => os.availableParallelism() > 1,
  'memory nodes': () => fs.existsSync('/proc/self/numa_maps'),
  // an older criu does not know what a newer kernel maps into each process
  'working criu': () => spawnSync('criu', ['check'], { stdio: 'ignore' }).status === 0,
  PSI: () => fs.existsSync('/proc/pressure/cpu'),
}

/** `controller cpuset`, by its name on v2, in whichever version this machine has it. */
function hasController(name: string): boolean {
  const names = name === 'io' ? ['io', 'blkio'] : [name]
  return probeFacts().hierarchies.some(({ controllers }) => names.some(one => controllers.includes(one)))
}

function hasUserXattrs(directory: string): boolean {
  const place = fs.mkdtempSync(`${directory}/mini-docker-needs-`)
  try {
    setXattrOf(place, 'user.x', Buffer.from('y'))
    return true
  } catch {
    return false
  } finally {
    fs.rmdirSync(place)
  }
}

function canWrite(directory: string): boolean {
  try {
    fs.accessSync(directory, fs.constants.W_OK)
    return true
  } catch {
    return false
  }
}

const limit = (type: string): number => Number(fs.readFileSync(`/proc/sys/user/max_${type}_namespaces`, 'utf8'))

export function isThere(need: string): boolean {
  const [, controller] = /^controller (.*)$/.exec(need) ?? []
  if (controller !== undefined) return hasController(controller)
  return (others[need] ?? (() => which(need) !== null))()
}

/** @returns uvu's `test`, or what says aloud that it does nothing */
export function needs(...wanted: readonly string[]): (name: string, body: () => void | Promise<void>) => void {
  const missing = wanted.filter(need => !isThere(need))
  if (missing.length === 0) return (name, body) => test(name, body)
  // on a line of its own: uvu's dots go before it
  return name => test(name, () => console.log(`\nskipped: ${name}: needs ${missing.join(', ')}`))
}
