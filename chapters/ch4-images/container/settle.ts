/** What every command that looks at containers does first: those whose creator was killed have ended, and that is said now. */

import { cleanUpDead } from '#core/cli/clean-up-dead'
import { exitCode } from '#core/errors'
import { host } from '#core/exec/host'
import { States } from '#core/exec/state'
import { signals } from '#core/sys/constants'
import { isAlive } from '#core/sys/identity'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { directoriesOf, live } from '../../ch3-cgroups/index.js'
import type { Images } from '../images.js'
import { Containers, type StoredContainer } from './containers.js'
import { Volumes } from './volumes.js'

/** The code of a program that was killed, as the container was when its creator went. */
const killed = exitCode.signalBase + signals.SIGKILL

export async function settle(images: Images): Promise<Containers> {
  const containers = new Containers(images)
  const all = containers.list()
  for (const one of all) if (one.frozenBy != null && !isAlive(one.frozenBy)) await thaw(containers, one)
  const orphans = all.filter(({ exit, owner }) => exit === null && !isAlive(owner))
  if (orphans.length === 0) return containers
  const { run } = directories()
  const states = new States(run)
  await cleanUpDead(states, host(run, probeFacts()).perform)
  for (const orphan of orphans) {
    // its cgroup would not go, say: it may still write, and the next command tries again
    if (states.read(orphan.id) !== null) continue
    if (orphan.autoRemove) {
      await containers.remove(orphan)
      await new Volumes(images).removeAnonymous(orphan.volumes)
    } else containers.update(orphan.id, { exit: { code: killed, at: Date.now() } })
  }
  return containers
}

/** Who made it stand still was killed meanwhile. */
async function thaw(containers: Containers, { id }: StoredContainer): Promise<void> {
  const spec = new States(directories().run).read(id)?.spec ?? null
  if (spec !== null) (await live()).thawAtOnce(directoriesOf(spec, probeFacts()))
  containers.update(id, { frozenBy: null })
}
