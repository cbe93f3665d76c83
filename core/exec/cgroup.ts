/**
 * A cgroup as a directory of files: made by mkdir, joined by a write, gone by rmdir once nothing is in it. Source:
 * cgroups(7), Documentation/admin-guide/cgroup-v2.rst.
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'

/** One write, and no file is made: the kernel takes a value whole or not at all, and says why by an errno. */
export function writeCgroup(path: string, data: string): void {
  const file = fs.openSync(path, fs.constants.O_WRONLY)
  try {
    fs.writeSync(file, data)
  } finally {
    fs.closeSync(file)
  }
}

/** What is enabled already is left alone: the file may be another's to write. */
export function enableControllers(directory: string, controllers: readonly string[]): void {
  const path = `${directory}/cgroup.subtree_control`
  const enabled = fs.readFileSync(path, 'utf8').trim().split(' ')
  for (const name of controllers.filter(controller => !enabled.includes(controller))) writeCgroup(path, `+${name}`)
}

/** The kernel would take them from others' cgroups without a word. @throws ENOTEMPTY when there are any but `alone` */
export function disableControllers(directory: string, controllers: readonly string[], alone: string): void {
  const other = childrenOf(directory).find(name => `${directory}/${name}` !== alone)
  if (other !== undefined) throw systemError('ENOTEMPTY', `${directory}/${other}`)
  const path = `${directory}/cgroup.subtree_control`
  const enabled = fs.readFileSync(path, 'utf8').trim().split(' ')
  for (const name of controllers.filter(controller => enabled.includes(controller))) writeCgroup(path, `-${name}`)
}

/** One at a time, as the kernel takes them, until none is left: what is forked meanwhile is born where its parent is. */
export function moveProcesses(from: string, to: string): void {
  const deadline = Date.now() + patienceMs
  for (let pids = processesIn(from); pids.length > 0; pids = processesIn(from)) {
    if (Date.now() > deadline) throw systemError('EBUSY', from)
    for (const pid of pids) moveOne(pid, to)
  }
}

function moveOne(pid: number, to: string): void {
  try {
    writeCgroup(`${to}/cgroup.procs`, String(pid))
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error // it ended meanwhile
  }
}

const systemError = (code: string, path: string): Error => Object.assign(new Error(`${code}: '${path}'`), { code })

/**
 * The first move of a process into a v1 cgroup for a while waits for an RCU grace period, 7 to 15 ms; those that follow do not
 * (cgroup_threadgroup_rwsem, kernel/cgroup/cgroup.c). So a move that changes nothing, of this process to where it is, is begun
 * as soon as it is known that a container will be moved, on a thread of the pool, while this one plans. The file is opened
 * here: a second call of the pool would wait for the event loop, which this thread does not come back to before all is planned.
 */
export function beginMoving(own: string): void {
  try {
    const fd = fs.openSync(`${own}/cgroup.procs`, fs.constants.O_WRONLY)
    fs.write(fd, '0', () => fs.close(fd)) // 0 is the writer itself
  } catch {
    // what goes wrong here goes wrong again in the step that matters, and is told there
  }
}

const patienceMs = 2000

/**
 * Ends what is in it, and in those below it, and removes them. Idempotent. A process that was killed is counted until it
 * has let go of its memory: EBUSY until then.
 * @throws the system error of the last try
 */
export function removeCgroup(directory: string): void {
  const deadline = Date.now() + patienceMs
  while (fs.existsSync(directory)) {
    try {
      for (const name of childrenOf(directory)) removeCgroup(`${directory}/${name}`)
      fs.rmdirSync(directory)
      return
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return
      if (errnoOf(error) !== 'EBUSY' || Date.now() > deadline) throw error
      killAll(directory)
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4))

const childrenOf = (directory: string): string[] =>
  fs.readdirSync(directory, { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? [entry.name] : []))

/** cgroup.kill (v2, Linux 5.14) in one go, those that are being forked too; else one by one, for as long as some are there. */
function killAll(directory: string): void {
  try {
    writeCgroup(`${directory}/cgroup.kill`, '1')
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    for (const pid of processesIn(directory)) kill(pid)
  }
  thaw(directory) // a frozen process of v1 does not notice that it was killed
}

/** 0 stands for one of a pid namespace that we cannot see. */
export const processesIn = (directory: string): number[] =>
  fs
    .readFileSync(`${directory}/cgroup.procs`, 'utf8')
    .split('\n')
    .map(Number)
    .filter(pid => pid > 0)

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error
  }
}

function thaw(directory: string): void {
  const path = `${directory}/freezer.state`
  if (fs.existsSync(path)) writeCgroup(path, 'THAWED')
}
