/** `ch2 run`: from flags to a spec, from the spec to a plan, and through it. */

import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { passesOf, type Parts } from '#core/chapter'
import type { Flags } from '#core/cli/flags'
import { exitCodeOf } from '#core/cli/performed'
import { processOf, rootfsOf } from '#core/cli/process-flags'
import { executorOf, factsOf } from '#core/cli/seeing'
import { runContainer } from '#core/exec/foreground'
import { host } from '#core/exec/host'
import { replayDead } from '#core/exec/replay'
import type { Shared } from '#core/exec/shared'
import { checkName, States } from '#core/exec/state'
import { assemble } from '#core/plan/assemble'
import type { Plan } from '#core/plan/step'
import type { Mount, Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { directories } from '#core/sys/paths'
import { defaultSpec } from './default-spec.js'
import { clocksOf, mapsOf, mountsOf, namespacesOf, networkOf } from './flags.js'
import { connect } from './network/connect.js'
import { withTerminal } from './with-terminal.js'

interface Draft {
  readonly id: string
  readonly spec: Spec
  readonly plan: Plan
}

export async function run(parts: Parts, flags: Flags, rest: readonly string[]): Promise<number> {
  const directory = directories()
  const planning = flags.on('explain') || flags.one('executor') === 'dry'
  const facts = factsOf(flags)
  const id = flags.one('name') ?? randomBytes(6).toString('hex')
  checkName(id)
  const states = new States(directory.run)
  if (planning) {
    const { plan } = draft(parts, flags, rest, { id, facts, directory: states.directoryOf(id), shared: null })
    const { printPlan } = await import('#core/cli/print')
    printPlan(plan, flags.on('json'))
    return 0
  }

  const { perform, shared } = host(directory.run, facts)
  replayDead(states, perform, error => process.emitWarning(String(error)))
  const executor = await executorOf(flags)
  // Claimed before anything is reserved in its name; from here on its end is cleaned up after, whatever that end is.
  const record = states.create({ id, chapter: 'ch2', spec: null, undo: [] })
  let made: Draft
  try {
    made = draft(parts, flags, rest, { id, facts, directory: states.directoryOf(id), shared })
  } catch (error) {
    states.remove(id)
    throw error
  }
  const { plan, spec } = made
  const print = flags.on('trace') ? await import('#core/cli/print') : undefined
  const outcome = await runContainer(
    { states, record, spec },
    {
      plan,
      executor,
      perform,
      interactive: flags.on('interactive'),
      ...(print === undefined ? {} : { trace: trace => print.printTrace(plan, trace) }),
    },
  )
  return exitCodeOf(plan, outcome)
}

interface Place {
  readonly id: string
  readonly facts: Facts
  /** The container's run directory. */
  readonly directory: string
  /** null when nothing is to be reserved. */
  readonly shared: Shared | null
}

function draft(parts: Parts, flags: Flags, rest: readonly string[], { id, facts, directory, shared }: Place): Draft {
  const planning = shared === null
  const rootfs = rootfsOf(flags, directories(), planning)
  const namespaces = namespacesOf(flags)
  const hostname = flags.one('hostname') ?? id.slice(0, 63)
  const ownName = namespaces.includes('uts') ? { hostname } : {}
  const own = mountsOf(flags)
  const clocks = clocksOf(flags)
  const domainname = flags.one('domainname')
  const process = withTerminal(flags, planning, processOf(flags, rest, rootfs, [`HOSTNAME=${hostname}`]))
  const wish = {
    rootfs,
    process,
    namespaces,
    readonlyRoot: flags.on('read-only'),
    init: flags.on('init'),
    ...(flags.on('hostname') ? { hostname } : ownName),
    ...mapsOf(flags),
    ...(domainname === undefined ? {} : { domainname }),
    ...(clocks === undefined ? {} : { timeOffsets: clocks }),
    mounts: own,
  }
  defaultSpec(wish, facts) // what is wrong with the wish is said before an address is reserved for it
  const connection = connect({ mode: networkOf(flags), id, hostname, directory, facts, shared })
  const spec = defaultSpec({ ...wish, mounts: [...own, ...connection.mounts] }, facts)
  const planFacts = { ...facts, files: [...filesAmong(own), ...connection.files] }
  try {
    return { id, spec, plan: assemble(passesOf({ ...parts, ...connection.parts }), spec, planFacts) }
  } catch (error) {
    shared?.release('bridge', id)
    throw error
  }
}

const filesAmong = (mounts: readonly Mount[]): string[] =>
  mounts.flatMap(({ source }) => (source?.startsWith('/') && !fs.statSync(source).isDirectory() ? [source] : []))
