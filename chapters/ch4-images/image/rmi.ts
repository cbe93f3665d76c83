/**
 * `ch4 rmi`: takes names away, and with an image's last name all that no other image needs. What a container was made from
 * stays, with -f without a name.
 */

import type { Flags } from '#core/cli/flags'
import { out, printError } from '#core/cli/print'
import { fail, MiniDockerError } from '#core/errors'
import type { Descriptor } from '#core/spec/image'
import { Containers, isLive } from '../container/containers.js'
import { type Images, openImages } from '../images.js'
import { emptyTrash } from '../store/empty-trash.js'
import { nameOf } from '../store/names.js'
import { sweepOf } from '../store/sweep.js'
import { entryOf } from './entries.js'
import { type Found, findTarget } from './find.js'
import { addReachable, nothing } from './reachable.js'

/** Each by itself, as docker does: one that cannot go does not keep the others. @returns 1 when there was one */
export async function removeImages(flags: Flags, names: readonly string[]): Promise<number> {
  if (names.length === 0) {
    fail('InvalidArgument', { what: 'ch4 rmi', why: 'needs an image', hint: 'mini-docker ch4 rmi IMAGE…' })
  }
  const images = openImages()
  let code = 0
  for (const name of names) {
    try {
      const lines = images.store.locked(() => removeOne(images, name, flags.on('force')))
      for (const line of lines) out(`${line}\n`)
    } catch (error) {
      if (!(error instanceof MiniDockerError)) throw error
      if (flags.on('force') && error.class === 'NotFound') continue
      printError(error)
      code = 1
    }
  }
  await emptyTrash(images)
  return code
}

/** Under the lock. @returns what it says */
function removeOne(images: Images, who: string, force: boolean): string[] {
  const found = findTarget(images, who)
  const { digest } = found.target
  const all = images.names.list().filter(entry => entry.digest === digest)
  const going = namesToGo(found, all, who, force)
  const staying = all.map(nameOf).filter(name => name !== null && !going.includes(name))
  const lines = going.map(name => `Untagged: ${name}`)
  if (staying.length > 0) {
    for (const name of going) images.names.remove(name)
    return lines
  }
  const entry = entryOf(images, found.target)
  if (isNeeded(images, found, entry.image?.descriptor.digest, force)) {
    for (const name of going) images.names.remove(name, true)
    return lines
  }
  const needs = nothing()
  addReachable(images.store, found.target, needs)
  images.names.drop(digest)
  const { snapshots } = sweepOf(images, needs)
  return [...lines, `Deleted: ${entry.id}`, ...snapshots.filter(isChain).map(key => `Deleted: ${key}`)]
}

const isChain = (key: string): boolean => key.startsWith('sha256:')

/** By its ID an image goes with all its names, if that is one or was insisted on. */
function namesToGo({ name }: Found, all: readonly Descriptor[], who: string, force: boolean): string[] {
  if (name !== null) return [name]
  const names = all.flatMap(entry => nameOf(entry) ?? [])
  if (names.length > 1 && !force) {
    fail('FailedPrecondition', {
      what: `image '${who}'`,
      why: `has several names: ${names.join(', ')}`,
      hint: '-f takes all of them away',
    })
  }
  return names
}

/** @throws MiniDockerError FailedPrecondition when a container keeps it from going */
function isNeeded(images: Images, { target, name }: Found, manifest: string | undefined, force: boolean): boolean {
  const users = new Containers(images).list().filter(one => one.manifest === target.digest || one.manifest === manifest)
  const user = users.find(isLive) ?? users[0]
  if (user === undefined) return false
  if (force && (name !== null || !isLive(user))) return true
  return fail('FailedPrecondition', {
    what: `image '${name ?? target.digest}'`,
    why: `container '${user.name}' ${isLive(user) ? 'runs' : 'was made'} from it`,
    hint: isLive(user)
      ? 'stop and remove the container first'
      : `mini-docker ch4 rm ${user.name}, or -f to take only the name away`,
  })
}
