/**
 * A program: runs one container on the bridge the way `ch2 run` does, with a host lane that dies on demand. Tests start it
 * inside a throw-away host: `node connected-run.js '{"id": "a", "args": ["true"], "dieAfter": 3}'`.
 */

import { defaultNamespaces, defaultSpec } from '#chapters/ch2-namespaces/default-spec'
import { parts } from '#chapters/ch2-namespaces/index'
import { connect } from '#chapters/ch2-namespaces/network/connect'
import { reservationsOf } from '#chapters/ch2-namespaces/network/reservations'
import { passesOf } from '#core/chapter'
import { runContainer } from '#core/exec/foreground'
import { host } from '#core/exec/host'
import { findStage, nativeExecutor } from '#core/exec/native'
import { replayDead } from '#core/exec/replay'
import { States } from '#core/exec/state'
import { noSwap } from '#core/lab'
import { assemble } from '#core/plan/assemble'
import { isHostStep } from '#core/plan/ops'
import { ensureDefaultRootfs } from '#core/rootfs/default'
import type { ToolName } from '#core/sys/facts'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'

interface Wish {
  readonly id: string
  readonly args: readonly string[]
  /** Tools that the host is to be without. */
  readonly without?: readonly ToolName[]
  /** Kills itself after this many host steps; 0 is right after the address was reserved. */
  readonly dieAfter?: number
}

const { id, args, without = [], dieAfter } = JSON.parse(process.argv[2]!) as Wish
const probed = probeFacts()
const absent = Object.fromEntries(without.map(name => [name, null]))
const facts = { ...probed, tools: { ...probed.tools, ...absent } }
const { run, data } = directories()
const { perform, shared } = host(run, facts)
const states = new States(run)
replayDead(states, perform, error => console.error(String(error)))

const wish = {
  mode: 'bridge',
  id,
  hostname: id,
  directory: states.directoryOf(id),
  facts,
  userns: false,
  shared,
  swap: noSwap,
} as const
const record = states.create({ id, chapter: 'ch2', spec: null, undo: reservationsOf(wish) })
const connection = connect(wish)
const process_ = { args, cwd: '/', env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'], user: { uid: 0, gid: 0 } }
const { path: rootfs } = ensureDefaultRootfs({ dataDir: data })
const spec = defaultSpec(
  { rootfs, process: process_, namespaces: defaultNamespaces, hostname: id, mounts: connection.mounts },
  facts,
)
const plan = assemble(passesOf({ ...parts, ...connection.parts }), spec, { ...facts, files: connection.files })
console.log(JSON.stringify({ hostSteps: plan.steps.filter(isHostStep).length }))

let performed = 0
const dieIfDue = (): void => {
  if (performed === dieAfter) process.kill(process.pid, 'SIGKILL')
}
dieIfDue()
const outcome = await runContainer(
  { states, record, spec },
  {
    plan,
    executor: nativeExecutor(findStage()!),
    interactive: false,
    perform: (step, processes) => {
      const fd = perform(step, processes)
      performed++
      dieIfDue()
      return fd
    },
  },
)
console.log(JSON.stringify(outcome))
process.exit(outcome.kind === 'exited' ? outcome.status >> 8 : 125)
