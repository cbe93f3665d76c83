/** The containers that live commands are about: those that run and have a cgroup. */

import { cleanUpDead } from '#core/cli/clean-up-dead'
import { fail } from '#core/errors'
import { type Host, host } from '#core/exec/host'
import { type ContainerRecord, States } from '#core/exec/state'
import type { Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { type Identity, isAlive } from '#core/sys/identity'
import { directories as placesOnDisk } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { type Directory, directoriesOf } from '../cgroup/directories.js'

export interface Container {
  readonly name: string
  readonly record: ContainerRecord
  readonly spec: Spec
  readonly init: Identity
  /** Its cgroup, in each hierarchy. */
  readonly directories: readonly Directory[]
}

export interface Machine extends Host {
  readonly facts: Facts
  readonly states: States
}

/** What was left behind is taken back first, as by any command that looks at containers. */
export async function machine(): Promise<Machine> {
  const facts = probeFacts()
  const { run } = placesOnDisk()
  const states = new States(run)
  const { perform, shared } = host(run, facts)
  await cleanUpDead(states, perform)
  return { facts, states, perform, shared }
}

/** By name, or by a beginning of it that only one has. @throws MiniDockerError */
export function containerOf({ states, facts }: Machine, who: string): Container {
  const record = states.find(who)
  return containerIn(record, facts) ?? refuse(record)
}

/** All that run, the oldest first. */
export const allRunning = ({ states, facts }: Machine): Container[] =>
  states
    .list()
    .sort((a, b) => a.created - b.created)
    .flatMap(record => containerIn(record, facts) ?? [])

function containerIn(record: ContainerRecord, facts: Facts): Container | null {
  const { id, name = id, init, spec } = record
  if (spec?.linux?.cgroupsPath === undefined || init === null || !isAlive(init)) return null
  return { name, record, spec, init, directories: directoriesOf(spec, facts) }
}

function refuse({ id, name = id, init, chapter }: ContainerRecord): never {
  const what = `container '${name}'`
  if (init === null || !isAlive(init)) fail('FailedPrecondition', { what, why: 'is not running' })
  const why = `was started by ${chapter}, which knows no cgroups`
  return fail('FailedPrecondition', { what, why, hint: `mini-docker ch3 run --name ${id} …` })
}

/** @throws MiniDockerError InvalidArgument when none is named */
export function needNames(command: string, names: readonly string[]): void {
  if (names.length > 0) return
  fail('InvalidArgument', {
    what: command,
    why: 'needs a container',
    hint: `mini-docker ${command} NAME, as ch3 ps lists them`,
  })
}
