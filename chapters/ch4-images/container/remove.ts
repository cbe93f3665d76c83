/** `ch4 rm`: containers that have ended, and with -f those that run. */

import type { Flags } from '#core/cli/flags'
import { errnoOf, fail, MiniDockerError } from '#core/errors'
import { States } from '#core/exec/state'
import { isAlive } from '#core/sys/identity'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { directoriesOf, live } from '../../ch3-cgroups/index.js'
import { type Images, openImages } from '../images.js'
import { Mounts } from '../mount/mounted.js'
import { type Containers, isLive, type StoredContainer } from './containers.js'
import { settle } from './settle.js'
import { Volumes } from './volumes.js'

export async function removeContainers(flags: Flags, names: readonly string[]): Promise<number> {
  if (names.length === 0) {
    fail('InvalidArgument', { what: 'ch4 rm', why: 'needs a container', hint: 'mini-docker ch4 rm NAME...' })
  }
  const { out, printError } = await import('#core/cli/print')
  const images = openImages()
  const containers = await settle(images)
  let code = 0
  for (const who of names) {
    try {
      await removeOne(images, containers, containers.find(who), {
        force: flags.on('force'),
        volumes: flags.on('volumes'),
      })
      out(`${who}\n`)
    } catch (error) {
      if (!(error instanceof MiniDockerError)) throw error
      if (flags.on('force') && error.class === 'NotFound') continue // as rm -f: it is not there, and that is what is wanted
      printError(error)
      code = error.exit
    }
  }
  return code
}

interface How {
  readonly force: boolean
  readonly volumes: boolean
}

async function removeOne(images: Images, containers: Containers, container: StoredContainer, how: How): Promise<void> {
  const { name } = container
  if (isLive(container)) {
    if (!how.force) {
      fail('FailedPrecondition', {
        what: `container '${name}'`,
        why: 'is running',
        hint: `mini-docker ch4 rm -f ${name} ends it first`,
      })
    }
    await end(containers, container)
  }
  const mounted = new Mounts(images).settle().find(({ snapshot }) => snapshot === container.snapshot)
  if (mounted !== undefined) {
    fail('FailedPrecondition', {
      what: `container '${name}'`,
      why: `is mounted at '${mounted.at}'`,
      hint: `mini-docker ch4 umount ${mounted.at}`,
    })
  }
  await containers.remove(container)
  if (how.volumes) await new Volumes(images).removeAnonymous(container.volumes)
}

const PATIENCE_MS = 10_000
const LOOK_EVERY_MS = 5

/** Kills it, and waits until its creator has said so: before that its files are in use. */
async function end(containers: Containers, { id, name }: StoredContainer): Promise<void> {
  const states = new States(directories().run)
  const { thawAtOnce } = await live()
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const now = containers.read(id)
    if (now === null || !isLive(now)) break
    const { init = null, spec = null } = states.read(id) ?? {}
    if (init !== null && isAlive(init)) {
      kill(init.pid)
      if (spec !== null) thawAtOnce(directoriesOf(spec, probeFacts())) // a frozen one does not notice
    }
    if (Date.now() > deadline) {
      fail('Unavailable', {
        what: `container '${name}'`,
        why: `is not ended after ${PATIENCE_MS / 1000} seconds`,
        hint:
          init === null ? 'it is about to start: try again' : `does process ${now.owner.pid}, which started it, go on?`,
      })
    }
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error
  }
}
