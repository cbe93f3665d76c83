/**
 * `ch4 mount` and `ch4 umount`: an image, or a container that has ended, at a directory of the host, to look at it with the
 * host's own tools. It is the one command that changes the host's mounts, and the only steps of it are those of a container's root.
 */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { out } from '#core/cli/print'
import { errnoOf, fail, MiniDockerError } from '#core/errors'
import { bits, mountFlags, unmountFlags } from '#core/sys/constants'
import { call } from '#core/sys/libc'
import { randomId } from '#core/sys/random'
import { isLive } from '../container/containers.js'
import { forReading } from '../container/export.js'
import { settle } from '../container/settle.js'
import { parsePlatform } from '../image/platform.js'
import { unpackImage } from '../image/unpack.js'
import { type Images, openImages } from '../images.js'
import { obtain } from '../parts-in-use.js'
import { mountSteps } from '../snapshot/mount-steps.js'
import type { RootMount } from '../snapshot/snapshotter.js'
import { Lease } from '../store/leases.js'
import { Mounts } from './mounted.js'

export async function mount(flags: Flags, [who, directory, ...more]: readonly string[]): Promise<number> {
  if (who === undefined || directory === undefined || more.length > 0) {
    fail('InvalidArgument', {
      what: 'ch4 mount',
      why: 'takes an image or a container, and a directory',
      hint: 'mini-docker ch4 mount IMAGE /mnt',
    })
  }
  const planning = flags.on('explain')
  if (!planning && process.geteuid?.() !== 0) {
    fail('FailedPrecondition', {
      what: `mount on '${directory}'`,
      why: "the host's mounts are for root",
      hint: 'sudo; or as yourself: mini-docker ch4 run IMAGE sh, ch4 cp, ch4 export',
    })
  }
  const at = placeOf(directory)
  const images = openImages()
  const mounts = new Mounts(images)
  const taken = mounts.settle().find(mounted => mounted.at === at)
  if (taken !== undefined) {
    fail('AlreadyExists', {
      what: `'${at}'`,
      why: `'${taken.what}' is mounted there`,
      hint: `mini-docker ch4 umount ${at}`,
    })
  }
  const id = randomId()
  const lease = new Lease(images.store)
  try {
    const found = await find(images, lease, id, who, flags)
    const own = {
      version: 1 as const,
      id,
      at,
      what: who,
      snapshot: found.snapshot,
      own: found.own,
      writable: found.writable,
    }
    if (planning) {
      await explain(found.mount, at, flags.on('json'))
      if (found.own) images.snapshotter.remove(found.snapshot)
      return 0
    }
    mounts.put({ ...own, pending: process.pid })
    try {
      attach(found.mount, at)
    } catch (error) {
      mounts.forget({ ...own, pending: null })
      throw error
    }
    mounts.put({ ...own, pending: null })
    out(`${at}\n`)
    return 0
  } finally {
    lease.end()
  }
}

interface Found {
  readonly mount: RootMount
  readonly snapshot: string
  readonly own: boolean
  readonly writable: boolean
}

/** A container by its name or ID first: an image of that name is meant by NAME:latest. */
async function find(images: Images, lease: Lease, id: string, who: string, flags: Flags): Promise<Found> {
  const writable = flags.on('writable')
  const container = (await settle(images)).list().find(one => one.name === who || one.id === who)
  if (container !== undefined) {
    if (isLive(container)) {
      fail('FailedPrecondition', {
        what: `container '${who}'`,
        why: 'is running: what it writes in would be mounted twice',
        hint: 'mini-docker ch4 cp, ch3 exec or ch4 diff look into it',
      })
    }
    const mount = images.snapshotter.mounts(container.snapshot)
    return { mount: writable ? mount : forReading(mount), snapshot: container.snapshot, own: false, writable }
  }
  const platform = flags.one('platform')
  const image = await obtain(images, who, platform === undefined ? undefined : parsePlatform(platform))
  const top = await unpackImage(images, image, lease)
  const snapshot = `mount-${id}`
  lease.keepSnapshot(snapshot)
  const mount =
    writable || top === null ? images.snapshotter.prepare(snapshot, top) : images.snapshotter.view(snapshot, top)
  return { mount, snapshot, own: true, writable }
}

function placeOf(directory: string): string {
  try {
    const at = fs.realpathSync.native(directory)
    if (fs.statSync(at).isDirectory()) {
      if (at !== '/') return at
      fail('InvalidArgument', { what: "'/'", why: "is the host's own root", hint: 'name an empty directory' })
    }
  } catch (cause) {
    if (cause instanceof MiniDockerError) throw cause
    fail('NotFound', { what: `'${directory}'`, why: errnoOf(cause) ?? 'EIO', hint: 'make the directory first', cause })
  }
  return fail('InvalidArgument', { what: `'${directory}'`, why: 'is not a directory', hint: 'name an empty one' })
}

/** What a container does in a mount namespace of its own is done here for all to see. */
function attach(root: RootMount, at: string): void {
  const before = process.cwd()
  const done: string[] = []
  try {
    for (const step of mountSteps(root, at, 'ch4.mount')) {
      if (step.op === 'chdir') process.chdir(step.path)
      if (step.op !== 'mount_root') continue
      const { source, path, fstype, flags, data } = step
      call(
        'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
        ...[source, path, fstype, bits(mountFlags, flags), data],
      )
      done.push(path)
    }
  } catch (error) {
    if (done.length > 0) detach(at)
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    fail('FailedPrecondition', { what: `mount on '${at}'`, why: errno, hint: 'mini-docker doctor', cause: error })
  } finally {
    process.chdir(before)
  }
}

async function explain(root: RootMount, at: string, asJson: boolean): Promise<void> {
  const { printPlan } = await import('#core/cli/print')
  printPlan({ steps: mountSteps(root, at, 'ch4.mount') }, asJson)
}

const detach = (at: string): number => call('int umount2(const char *target, int flags)', at, bits(unmountFlags, []))

export async function umount(_: Flags, directories: readonly string[]): Promise<number> {
  if (directories.length === 0) {
    fail('InvalidArgument', { what: 'ch4 umount', why: 'needs a directory', hint: 'mini-docker ch4 umount /mnt' })
  }
  const { printError } = await import('#core/cli/print')
  const mounts = new Mounts(openImages())
  let code = 0
  for (const directory of directories) {
    try {
      umountOne(mounts, directory)
      out(`${directory}\n`)
    } catch (error) {
      if (!(error instanceof MiniDockerError)) throw error
      printError(error)
      code = error.exit
    }
  }
  return code
}

function umountOne(mounts: Mounts, directory: string): void {
  const at = placeOf(directory)
  const mounted = mounts.settle().find(one => one.at === at)
  if (mounted === undefined) {
    throw new MiniDockerError('NotFound', {
      what: `'${at}'`,
      why: 'nothing of ours is mounted there',
      hint: 'umount(8) takes off what others mounted',
    })
  }
  try {
    detach(at)
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'EIO'
    fail('FailedPrecondition', {
      what: `umount '${at}'`,
      why: errno,
      hint:
        errno === 'EBUSY'
          ? 'somebody stands in it, or has a file of it open: fuser -m says who'
          : 'it is for root: sudo',
      cause,
    })
  }
  mounts.forget(mounted)
}
