/** ch1 on the command line. */

import { type Parts, passesOf } from '#core/chapter'
import type { Command } from '#core/cli/command'
import type { Flags } from '#core/cli/flags'
import { exitCodeOf } from '#core/cli/performed'
import { processFlags, processOf, rootfsOf } from '#core/cli/process-flags'
import { executorOf, factsOf, isPlanning, labFlag, seeingFlags } from '#core/cli/seeing'
import { givenSpec, specFlag } from '#core/cli/spec-flag'
import { runProcess } from '#core/exec/foreground'
import { host } from '#core/exec/host'
import { swapped } from '#core/lab'
import { assemble } from '#core/plan/assemble'
import { ociVersion, type Spec } from '#core/spec/runtime'
import { directories } from '#core/sys/paths'
import { ch1, escapeParts, parts, removeTrap } from './index.js'

async function runIn(parts: Parts, spec: Spec, flags: Flags): Promise<number> {
  const facts = await factsOf(flags)
  const plan = assemble(passesOf(parts), spec, facts)
  if (isPlanning(flags)) {
    const { printPlan } = await import('#core/cli/print')
    printPlan(plan, flags.on('json'))
    return 0
  }
  const executor = await executorOf(flags)
  const print = flags.on('trace') ? await import('#core/cli/print') : undefined
  const outcome = await runProcess({
    plan,
    executor,
    perform: host(directories().run, facts).perform,
    interactive: true,
    inOurSession: true,
    ...(print === undefined ? {} : { trace: trace => print.printTrace(plan, trace) }),
  })
  return exitCodeOf(plan, outcome)
}

async function specOf(flags: Flags, rest: readonly string[]): Promise<Spec> {
  const rootfs = await rootfsOf(flags, directories(), isPlanning(flags))
  return { ociVersion, root: { path: rootfs }, process: await processOf(flags, rest, rootfs) }
}

export const commands: readonly Command[] = [
  {
    name: 'ch1 run',
    about:
      'Run a command in a jail made by chroot: its own "/", and nothing else of its own. Isolation, not yet security.',
    usage: '[--] [COMMAND [ARG...]]',
    flags: [...processFlags, specFlag, ...seeingFlags, labFlag],
    examples: ['ch1 run', 'ch1 run ls -l /', 'ch1 run --user nobody -- id', 'ch1 run --explain'],
    async run(flags, rest, swap) {
      const spec = (await givenSpec(ch1, flags, rest)) ?? (await specOf(flags, rest))
      return runIn(swapped(parts, swap), spec, flags)
    },
  },
  {
    name: 'ch1 escape',
    about: "Break out of ch1's own jail, and run a command on the host: why chroot is no prison for root.",
    usage: '[--] [COMMAND [ARG...]]',
    flags: [...processFlags.filter(({ name }) => name === 'rootfs' || name === 'env'), ...seeingFlags, labFlag],
    examples: ['ch1 escape ls /', 'ch1 escape --explain'],
    async run(flags, rest, swap) {
      const spec = await specOf(flags, rest)
      try {
        return await runIn(swapped(escapeParts, swap), spec, flags)
      } finally {
        await removeTrap(flags)
      }
    },
  },
]
