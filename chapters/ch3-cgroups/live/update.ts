/** `ch3 update`: other limits for a container that runs, all of them or none. */

import type { Flags } from '#core/cli/flags'
import { fail, MiniDockerError } from '#core/errors'
import type { ContainerRecord } from '#core/exec/state'
import type { HostStep } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { isAlive } from '#core/sys/identity'
import { cableOf } from '../../ch2-namespaces/index.js'
import { bandwidthOf, resourcesOf } from '../flags.js'
import { bandwidthIn, withBandwidth } from '../network/wish.js'
import { type Change, performAllOrNone, takeBack } from './all-or-none.js'
import { changesFor, withChanges } from './changes.js'
import { containerOf, type Machine, machine, needNames } from './containers.js'
import { ended } from './freezer.js'
import { reshape } from './reshape.js'
import { readOrNull } from './sample.js'

export async function update(flags: Flags, names: readonly string[]): Promise<number> {
  needNames('ch3 update', names)
  if (flags.names().length === 0) {
    fail('InvalidArgument', {
      what: 'ch3 update',
      why: 'has nothing to change',
      hint: `mini-docker ch3 update --memory 128m ${names[0]}`,
    })
  }
  const { out, printError, printWarning } = await import('#core/cli/print')
  const here = await machine()
  const warn = (error: unknown): void =>
    void printWarning(`not as it was before: ${error instanceof Error ? error.message : error}`)
  let code = 0
  for (const who of names) {
    try {
      const { name, record } = containerOf(here, who)
      change(here, record, { flags, veth: await cableOf(record), warn })
      out(`${name}\n`)
    } catch (error) {
      if (!(error instanceof MiniDockerError)) throw error
      printError(error)
      code = error.exit
    }
  }
  return code
}

interface Wish {
  readonly flags: Flags
  /** The host's end of its cable. */
  readonly veth: string | null
  readonly warn: (error: unknown) => void
}

/** Under the record's lock: what is merged with it, written and recorded belongs together. */
function change({ states, facts, perform }: Machine, record: ContainerRecord, wish: Wish): void {
  let isDone = false
  states.whileStill(record, now => {
    const { id, init, spec } = now
    if (init === null || spec === null || !isAlive(init)) return
    const wanted = changesOf(id, spec, wish, facts)
    const performHere = (step: HostStep): unknown => perform(step, { init: init.pid })
    performAllOrNone(wanted.changes, performHere, wish.warn)
    try {
      states.update({ ...now, spec: wanted.spec })
    } catch (error) {
      takeBack(wanted.changes, performHere, wish.warn)
      throw error
    }
    isDone = true
  })
  if (!isDone) ended(record.id)
}

/** What is to be done, and what the record will say. */
function changesOf(id: string, spec: Spec, { flags, veth }: Wish, facts: Facts) {
  const changed = resourcesOf(flags, facts, spec.linux?.resources)
  const recorded = bandwidthIn(spec)
  const rates = bandwidthOf(flags, recorded)
  const changes: Change[] = [...changesFor(spec, changed, facts, readOrNull), ...reshape(id, veth, rates, recorded)]
  return { changes, spec: withBandwidth(withChanges(spec, changed), rates) }
}
