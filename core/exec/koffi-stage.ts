/**
 * The throwaway process: entry point of all three, and the performing of records (native/main.c, native/stage.c).
 *
 * After unshare only the main thread is inside the new namespaces, and no thread can be started any more: so nothing in
 * here is asynchronous. All modules are loaded before the first step: after chroot there is nowhere to load them from.
 */

import * as fs from 'node:fs'
import { childOpByNumber } from '#core/plan/ops'
import { errnos, prctlOptions, signals } from '#core/sys/constants'
import { koffiMonitor } from './koffi-monitor.js'
import { performerOf } from './koffi-ops.js'
import { closeOnExec, monitorIsGone, now, placeOf, prctl, report, stage } from './koffi-state.js'
import { type DecodedRecord, decodeProgram, headerLength, programLength } from './program.js'

const PROGRAM_LIMIT = 16 << 20 // native/protocol.h

/** Exactly `length` bytes and not one more: the turns follow on the same stream. */
function readExactly(fd: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let filled = 0; filled < length; ) {
    const got = fs.readSync(fd, bytes, filled, length - filled, null)
    if (got === 0) throw new RangeError('the channel was closed before the program had come')
    filled += got
  }
  return bytes
}

function receiveProgram(): Buffer {
  const header = readExactly(placeOf.channel, headerLength)
  const length = programLength(header)
  if (length > PROGRAM_LIMIT) throw new RangeError('the program is too long')
  return Buffer.concat([header, readExactly(placeOf.channel, length - headerLength)])
}

/** The errno of what an op threw: our own Errno has it as it is, Node's fs negated. Anything else is a mistake of ours. */
function errnoOfThrown(error: unknown): number {
  const errno = (error as { errno?: unknown }).errno
  if (typeof errno !== 'number') throw error
  return Math.abs(errno)
}

function fail(index: number, errno: number, start: bigint): never {
  report('fail', index, errno, start)
  process.exit(1)
}

/** @returns 0, or the errno that the step tolerates */
function performOne({ op, args, tolerated, index }: DecodedRecord): number {
  try {
    performerOf(childOpByNumber(op)!)!(...args)
    return 0
  } catch (error) {
    const errno = errnoOfThrown(error)
    return tolerated.includes(errno) ? errno : fail(index, errno, stage.start)
  }
}

/** Performs the records from `position` on. execve and fork do not come back. */
function performFrom(position: number): never {
  const { records, trace } = decodeProgram(stage.program)
  stage.trace = trace
  const unknown = records.find(({ op }) => performerOf(childOpByNumber(op)) === undefined)
  if (unknown !== undefined) fail(unknown.index, errnos.ENOSYS, now())
  records.slice(position).forEach((record, i) => {
    stage.position = position + i
    stage.index = record.index
    stage.start = now()
    const errno = performOne(record)
    if (trace) report('step', record.index, errno, stage.start)
  })
  return process.exit(0) // a program may end without execve: it did what it was for
}

/** The order: first the signal for the monitor's death, then the look whether it came too late. */
function koffiStage(): never {
  closeOnExec(placeOf.gate)
  prctl(prctlOptions.PR_SET_PDEATHSIG, signals.SIGKILL)
  if (monitorIsGone()) process.exit(1)
  report('stage', 0, process.pid, now())
  try {
    stage.program = receiveProgram()
    decodeProgram(stage.program)
  } catch {
    fail(0, errnos.EPROTO, now())
  }
  return performFrom(0)
}

/**
 * Goes on behind fork, once the monitor opens the gate: then the stage is gone and the monitor is the parent, so
 * that a PDEATHSIG is bound to the right one. An end of file instead says that the start was given up.
 */
function koffiInit(position: number, fds: readonly number[]): never {
  for (const fd of [placeOf.gate, placeOf.program, ...fds.filter(fd => fd >= 0)]) closeOnExec(fd)
  stage.program = Buffer.alloc(fs.fstatSync(placeOf.program).size)
  fs.readSync(placeOf.program, stage.program, 0, stage.program.length, 0)
  stage.fds = [...fds]
  if (fs.readSync(placeOf.gate, Buffer.alloc(1)) !== 1) process.exit(1)
  fs.closeSync(placeOf.gate)
  fs.closeSync(placeOf.program)
  return performFrom(position)
}

const [, , role, position, fds] = process.argv
closeOnExec(placeOf.channel)
if (role === 'monitor') {
  koffiMonitor()
} else if (role === 'stage' || role === 'init') {
  closeOnExec(placeOf.status)
  if (role === 'stage') koffiStage()
  koffiInit(Number(position), fds!.split(',').map(Number))
}
