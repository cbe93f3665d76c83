/** `ch2 run`: claims a name, drafts a plan, brings it through, and leaves nothing behind. */

import type { Parts } from '#core/chapter'
import { cleanUpDead } from '#core/cli/clean-up-dead'
import type { Flags } from '#core/cli/flags'
import { exitCodeOf } from '#core/cli/performed'
import { rootfsOf } from '#core/cli/process-flags'
import { executorOf, factsOf, isPlanning } from '#core/cli/seeing'
import { givenSpec } from '#core/cli/spec-flag'
import { runContainer } from '#core/exec/foreground'
import { host } from '#core/exec/host'
import { canIdmap, canIdmapUnasked } from '#core/exec/probe-idmap'
import { cleanUp } from '#core/exec/replay'
import { checkName, States } from '#core/exec/state'
import { type Swap, swapped } from '#core/lab'
import { checkNeeds } from '#core/plan/needs'
import { isolates } from '#core/spec/runtime'
import { factsBut } from '#core/sys/facts'
import { directories } from '#core/sys/paths'
import { randomId } from '#core/sys/random'
import { type Draft, draft } from './draft.js'
import type { Extension } from './extension.js'
import { namespacesOf, networkOf } from './flags.js'
import { ch2 } from './index.js'
import { reservationsOf } from './network/reservations.js'

/** @param extension of a later chapter, whose parts these are */
export async function run(
  reference: Parts,
  flags: Flags,
  rest: readonly string[],
  swap: Swap,
  extension?: Extension,
): Promise<number> {
  const chapter = extension?.chapter ?? ch2
  const parts = swapped(reference, swap)
  const directory = directories()
  const planning = isPlanning(flags)
  const given = await givenSpec(chapter, flags, rest, ['name', 'interactive'])
  const facts = await factsOf(flags)
  const id = extension?.root?.id ?? flags.one('name') ?? randomId()
  checkName(id)
  const states = new States(directory.run)
  const userns = given === null ? namespacesOf(flags).includes('user') : isolates(given, 'user')
  const rootfs = async (): Promise<string> => given?.root.path ?? (await rootfsOf(flags, directory, planning))
  const mayIdmap = userns && extension?.root === undefined // an overlay takes no map, only what lies below it does
  if (planning) {
    // the plan that is shown is the one that would be performed: what can be tried without a trace is tried
    const idmap = mayIdmap && flags.one('facts') === undefined && (await canIdmapUnasked(await rootfs(), facts))
    const { plan } = await draft(parts, flags, rest, {
      id,
      facts: flags.one('facts') === undefined ? factsBut(facts, { idmap }) : facts,
      directory: states.directoryOf(id),
      shared: null,
      given,
      swap,
      extension,
    })
    const { printPlan } = await import('#core/cli/print')
    printPlan(plan, flags.on('json'))
    return 0
  }

  extension?.begin?.(facts)
  const { perform, shared } = host(directory.run, facts)
  await cleanUpDead(states, perform)
  const executor = await executorOf(flags)
  // Claimed before anything is reserved in its name; from here on its end is cleaned up after, whatever that end is.
  const undo = [
    ...reservationsOf({ mode: networkOf(flags), id, facts }),
    ...(extension?.reservations?.(given, id) ?? []),
  ]
  const name = extension?.root?.name
  const named = name === undefined ? {} : { name }
  const record = states.create({ id, ...named, chapter: chapter.id, spec: null, undo })
  let made: Draft
  try {
    const idmap = mayIdmap && (await canIdmap(executor, await rootfs(), facts))
    made = await draft(parts, flags, rest, {
      id,
      facts: factsBut(facts, { idmap, ...(executor.name === 'native' ? {} : { cloneInto: false }) }),
      directory: states.directoryOf(id),
      shared,
      given,
      swap,
      extension,
    })
    checkNeeds(made.plan, facts)
  } catch (error) {
    cleanUp(states, record, perform)
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
      killed: () => extension?.killed?.(spec, facts),
      ended: outcome => extension?.ended?.(spec, facts, outcome),
      ...(print === undefined ? {} : { trace: trace => print.printTrace(plan, trace) }),
    },
  )
  return exitCodeOf(plan, outcome)
}
