/** The commands of mini-runc, with runc's names and options. What each needs is loaded when it is called. */

import { type Command, countOf, idOf, one, preserving } from './command.js'
import { criu } from './criu.js'
import { exec } from './exec.js'
import type { Option, Parsed } from './options.js'
import { questions } from './questions.js'
import { views } from './views.js'

/** Of a bundle that becomes a container. */
const creation: readonly Option[] = [
  { name: 'bundle', short: 'b', value: 'DIR', about: 'where config.json is (default: here)' },
  { name: 'pid-file', value: 'FILE', about: "where init's pid is written" },
  { name: 'console-socket', value: 'SOCKET', about: 'who takes the master of its terminal' },
  preserving,
  { name: 'no-pivot', about: "move the root on top of the host's: in an initramfs, which cannot be pivoted away" },
  { name: 'no-new-keyring', about: 'keep the session keyring' },
]
const wishOf = (parsed: Parsed) => ({
  id: idOf(parsed),
  bundle: one(parsed, 'bundle') ?? process.cwd(),
  pidFile: one(parsed, 'pid-file') ?? null,
  consoleSocket: one(parsed, 'console-socket') ?? null,
  preserveFds: countOf(parsed, 'preserve-fds'),
  noPivot: parsed.options.has('no-pivot'),
  newKeyring: !parsed.options.has('no-new-keyring'),
})

export const commands: Readonly<Record<string, Command>> = {
  create: {
    about: 'Create a container of a bundle: all but the program runs.',
    usage: 'ID',
    options: creation,
    run: async (parsed, containers) => {
      const { create } = await import('../lifecycle/create.js')
      await create(containers, wishOf(parsed))
      return 0
    },
  },
  run: {
    about: 'Create a container of a bundle, start it, wait for its end, and delete it.',
    usage: 'ID',
    options: [
      ...creation,
      { name: 'detach', short: 'd', about: 'do not wait for its end' },
      { name: 'keep', about: 'do not delete it when it has ended' },
    ],
    run: async (parsed, containers) => {
      const { run } = await import('../lifecycle/run.js')
      const [detach, keep] = [parsed.options.has('detach'), parsed.options.has('keep')]
      return run(containers, { ...wishOf(parsed), detach, keep })
    },
  },
  exec,
  start: {
    about: 'Run the program of a container that is created.',
    usage: 'ID',
    options: [],
    run: async (parsed, containers) => {
      const { start } = await import('../lifecycle/start.js')
      await start(containers, idOf(parsed))
      return 0
    },
  },
  pause: pausing('Stop all processes of a container where they are.', true),
  resume: pausing('Let a paused container go on.', false),
  update: {
    about: 'Change the limits of a container that runs.',
    usage: 'ID',
    options: [{ name: 'resources', short: 'r', value: 'FILE', about: 'linux.resources of config.json; - is stdin' }],
    run: async (parsed, containers) => {
      const { readResources, update } = await import('../lifecycle/update.js')
      await update(containers, idOf(parsed), readResources(one(parsed, 'resources') ?? '-'))
      return 0
    },
  },
  delete: {
    about: 'Forget a container that has stopped, and all that was made for it.',
    usage: 'ID',
    options: [{ name: 'force', short: 'f', about: 'one that runs as well' }],
    run: async (parsed, containers) => {
      const { remove } = await import('../lifecycle/remove.js')
      await remove(containers, idOf(parsed), parsed.options.has('force'))
      return 0
    },
  },
  ...criu,
  ...questions,
  ...views,
}

function pausing(about: string, paused: boolean): Command {
  return {
    about,
    usage: 'ID',
    options: [],
    run: async (parsed, containers) => {
      const { setPaused } = await import('../lifecycle/pause.js')
      await setPaused(containers, idOf(parsed), paused)
      return 0
    },
  }
}
