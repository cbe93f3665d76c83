/** `checkpoint`: a container's processes as files, by CRIU. It is gone afterwards, but for --leave-running. Source: runc(8) "runc-checkpoint". */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import type { ContainerRecord } from '#core/exec/state'
import { fileTypes, openFlags } from '#core/sys/constants'
import { type Facts, factsBut } from '#core/sys/facts'
import { openInRoot, statusAt } from '#core/sys/files'
import { probeFacts } from '#core/sys/probe'
import { reap, spawn } from '#core/sys/spawn'
import { directoriesOf, withController } from '../../ch3-cgroups/index.js'
import type { Containers } from '../lifecycle/containers.js'
import { oneAtATime } from '../lifecycle/one-at-a-time.js'
import { remove } from '../lifecycle/remove.js'
import { partsInUse } from '../parts-in-use.js'
import { criuFailed } from './criu-log.js'
import { bindsOf, type Place } from './external.js'
import { checkParent, logIn, makeDirectories, type Paths, withOpen, writeDescriptors } from './images.js'
import { encodeRequest } from './messages.js'
import { cgroupMode, type DumpWish, dumpOptions, type Running } from './requests.js'
import { criuArgs, criuOrFail, criuSocket, environment, talk } from './talk.js'

export interface CheckpointWish extends DumpWish {
  readonly id: string
  readonly paths: Paths
}

export async function checkpoint(containers: Containers, wish: CheckpointWish): Promise<void> {
  const { id } = wish
  await oneAtATime(containers.directoryOf(id), 'checkpoint', () => dump(containers, wish))
  // as runc: what could not be taken back is told, the images are good
  if (!wish.leaveRunning && !wish.preDump)
    await remove(containers, id, true).catch(error => containers.warn((error as Error).message))
}

async function dump(containers: Containers, wish: CheckpointWish): Promise<void> {
  const { id, paths, preDump } = wish
  const record = containers.get(id)
  const state = containers.stateOf(record)
  if (state !== 'running' && state !== 'paused') {
    fail('FailedPrecondition', { what: `container '${id}'`, why: `cannot be checkpointed in the ${state} state` })
  }
  cgroupMode(wish.cgroupsMode)
  const criu = criuOrFail()
  makeDirectories(paths)
  if (wish.parent !== null) checkParent(paths.images, wish.parent)
  if (!preDump) writeDescriptors(paths.images, record.descriptors ?? [])
  const kind = preDump ? 'pre-dump' : 'dump'
  const running = look(record, probeFacts())
  const told = await withOpen(paths, 'self', async open => {
    const [ours, theirs] = criuSocket()
    try {
      const pid = start(criu, theirs)
      const last = await talk(ours, encodeRequest(kind, dumpOptions(wish, running, open, logName)), () => undefined)
      await reap(pid)
      return last
    } finally {
      fs.closeSync(ours)
    }
  })
  if (told?.success !== true) criuFailed(kind, id, logIn(paths, logName), told?.message ?? '')
}

const logName = 'dump.log'

function start(criu: string, socket: number): number {
  try {
    return spawn(criu, criuArgs, environment(), [0, 1, 2, socket])
  } finally {
    fs.closeSync(socket)
  }
}

/** The container, as the kernel has it now. */
function look(record: ContainerRecord, facts: Facts): Running {
  const spec = record.spec!
  const init = record.init!.pid
  const binds = bindsOf(partsInUse(), spec, factsBut(facts, { files: [] }))
  const cgroups = directoriesOf(spec, facts)
  const freezer = withController(cgroups, 'freezer') ?? cgroups.find(({ version }) => version === 2)
  return {
    spec,
    init,
    descriptors: record.descriptors ?? [],
    binds,
    places: placesIn(init, [...binds.map(({ target }) => target), ...(spec.linux?.maskedPaths ?? [])]),
    freezer: freezer?.path ?? null,
    inodeOf: path => fs.statSync(path).ino,
  }
}

/** Looked up in-root: its files are not ours to trust. */
function placesIn(init: number, paths: readonly string[]): Map<string, Place | null> {
  const root = fs.openSync(`/proc/${init}/root`, openFlags.O_PATH | fs.constants.O_DIRECTORY)
  try {
    return new Map(paths.map(path => [path, placeAt(root, path)]))
  } finally {
    fs.closeSync(root)
  }
}

function placeAt(root: number, path: string): Place | null {
  let fd: number
  try {
    fd = openInRoot(root, path, openFlags.O_PATH)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null
    throw error
  }
  try {
    // of another mount namespace the kernel says the path from that one's root
    return { path: fs.readlinkSync(`/proc/self/fd/${fd}`), isDirectory: statusAt(fd, '').type === fileTypes.S_IFDIR }
  } finally {
    fs.closeSync(fd)
  }
}
