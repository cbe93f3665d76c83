/** `ch2 exec`: who is meant, what of it can be joined, and the run of the plan that joins it. */

import { passesOf } from '#core/chapter'
import { cleanUpDead } from '#core/cli/clean-up-dead'
import type { Flags } from '#core/cli/flags'
import { exitCodeOf } from '#core/cli/performed'
import { mergeEnv, processOf } from '#core/cli/process-flags'
import { executorOf, factsOf, isPlanning } from '#core/cli/seeing'
import { fail } from '#core/errors'
import { runProcess } from '#core/exec/foreground'
import { host } from '#core/exec/host'
import { type ContainerRecord, States } from '#core/exec/state'
import { assemble } from '#core/plan/assemble'
import { ociVersion, type Spec } from '#core/spec/runtime'
import { type Identity, identify, isAlive } from '#core/sys/identity'
import { directories } from '#core/sys/paths'
import type { Extension } from './extension.js'
import { joinParts } from './join.js'
import { hold, inspect } from './join-target.js'
import { withTerminal } from './with-terminal.js'

export async function exec(flags: Flags, [who, ...command]: readonly string[], extension?: Extension): Promise<number> {
  const name = `${extension?.chapter.id ?? 'ch2'} exec`
  if (who === undefined || command.length === 0) {
    fail('InvalidArgument', {
      what: name,
      why: `needs a ${who === undefined ? 'container' : 'command'}`,
      hint: `mini-docker ${name} NAME|PID COMMAND [ARG...]`,
    })
  }
  const directory = directories()
  const facts = await factsOf(flags)
  const states = new States(directory.run)
  const { perform } = host(directory.run, facts)
  await cleanUpDead(states, perform)

  const { init, record } = whoIs(states, who)
  const env = record?.spec?.process.env ?? []
  const pidfd = hold(init, who)
  const planning = isPlanning(flags)
  if (record !== null && !planning) extension?.begin?.(facts)
  const target = inspect(init.pid, who)
  const root = `/proc/${init.pid}/root`
  const base = await processOf(flags, command, root)
  const merged = { ...base, env: mergeEnv(env, base.env ?? []) }
  const spec: Spec = { ociVersion, root: { path: root }, process: withTerminal(flags, planning, merged) }
  const more = record === null ? {} : extension?.join?.(record, facts)
  const plan = assemble(passesOf({ ...more, ...joinParts(target) }), spec, facts)
  const print = planning || flags.on('trace') ? await import('#core/cli/print') : undefined
  if (planning) {
    print!.printPlan(plan, flags.on('json'))
    return 0
  }
  const outcome = await runProcess({
    plan,
    executor: await executorOf(flags),
    perform,
    interactive: flags.on('interactive'),
    target: pidfd,
    ...(print === undefined ? {} : { trace: trace => print.printTrace(plan, trace) }),
  })
  return exitCodeOf(plan, outcome)
}

/**
 * A container of ours by its name, else a process by its pid, else a container by the beginning of its ID. The name comes first:
 * one may be all digits; so may the beginning of an ID be, and what could be either is nobody's.
 */
function whoIs(
  states: States,
  who: string,
): {
  readonly init: Identity
  /** null: a process that is none of ours. */
  readonly record: ContainerRecord | null
} {
  const all = states.list()
  const record = all.find(({ id, name }) => id === who || name === who)
  if (record === undefined && /^\d+$/.test(who)) {
    const init = identify(Number(who))
    const begins = all.find(({ id }) => id.startsWith(who))
    if (begins === undefined && init !== null) return { init, record: null }
    if (begins === undefined) fail('NotFound', { what: `process ${who}`, why: 'does not exist' })
    if (init !== null) {
      fail('InvalidArgument', {
        what: `'${who}'`,
        why: `could be process ${who} or container ${begins.id}`,
        hint: "the container's name, or more of its ID",
      })
    }
  }
  const found = record ?? states.find(who)
  if (found.init !== null && isAlive(found.init)) return { init: found.init, record: found }
  return fail('FailedPrecondition', { what: `container '${who}'`, why: 'is not running' })
}
