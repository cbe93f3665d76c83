/** mini-runc: runc's command line. Global options, a command, its options. */

import * as fs from 'node:fs'
import { out } from '#core/cli/print'
import { exitCode, MiniDockerError } from '#core/errors'
import { Containers } from '../lifecycle/containers.js'
import { helpOf, type Option, type Parsed, readOptions } from './options.js'

interface Command {
  readonly about: string
  readonly usage: string
  readonly options: readonly Option[]
  readonly run: (parsed: Parsed, containers: Containers) => Promise<number> | number
}

const one = ({ options }: Parsed, name: string): string | undefined => options.get(name)?.at(-1)
const idOf = ({ rest }: Parsed): string => {
  if (rest[0] === undefined) throw new MiniDockerError('InvalidArgument', { what: 'container id', why: 'is missing' })
  return rest[0]
}

const globals: readonly Option[] = [
  { name: 'root', value: 'DIR', about: 'where the states of containers are kept (default /run/mini-runc)' },
  { name: 'log', value: 'FILE', about: 'where errors are written, beside stderr' },
  { name: 'log-format', value: 'FORMAT', about: 'text or json' },
  { name: 'debug', about: 'say more' },
  { name: 'systemd-cgroup', about: 'cgroups by systemd' },
  { name: 'rootless', value: 'WHEN', about: 'true, false or auto' },
]

const commands: Readonly<Record<string, Command>> = {
  create: {
    about: 'Create a container of a bundle: all but the program runs.',
    usage: 'ID',
    options: [
      { name: 'bundle', short: 'b', value: 'DIR', about: 'where config.json is (default: here)' },
      { name: 'pid-file', value: 'FILE', about: "where init's pid is written" },
      { name: 'console-socket', value: 'SOCKET', about: 'who takes the master of its terminal' },
      { name: 'preserve-fds', value: 'N', about: 'fds from 3 on that the program gets' },
      { name: 'no-pivot', about: 'move the root in the place of pivot_root' },
      { name: 'no-new-keyring', about: 'keep the session keyring' },
    ],
    run: async (parsed, containers) => {
      const { create } = await import('../lifecycle/create.js')
      await create(containers, {
        id: idOf(parsed),
        bundle: one(parsed, 'bundle') ?? process.cwd(),
        pidFile: one(parsed, 'pid-file') ?? null,
        consoleSocket: one(parsed, 'console-socket') ?? null,
      })
      return 0
    },
  },
  exec: {
    about: 'Run one more process in a container that runs.',
    usage: 'ID COMMAND [ARG...]',
    options: [
      { name: 'process', short: 'p', value: 'FILE', about: 'the process, as in config.json' },
      { name: 'tty', short: 't', about: 'with a terminal' },
      { name: 'console-socket', value: 'SOCKET', about: 'who takes the master of its terminal' },
      { name: 'detach', short: 'd', about: 'do not wait for its end' },
      { name: 'pid-file', value: 'FILE', about: 'where its pid is written' },
      { name: 'env', short: 'e', value: 'KEY=VALUE', about: 'one more variable' },
      { name: 'user', short: 'u', value: 'UID[:GID]', about: 'as whom' },
      { name: 'cwd', value: 'DIR', about: 'where' },
    ],
    run: async (parsed, containers) => {
      const { exec, readProcess } = await import('../lifecycle/exec.js')
      const id = idOf(parsed)
      const file = one(parsed, 'process')
      const own = containers.get(id).spec!.process
      const [uid, gid = 0] = (one(parsed, 'user') ?? '').split(':').map(Number)
      const process =
        file !== undefined
          ? readProcess(file)
          : {
              ...own,
              args: parsed.rest.slice(1),
              env: [...(own.env ?? []), ...(parsed.options.get('env') ?? [])],
              terminal: parsed.options.has('tty'),
              cwd: one(parsed, 'cwd') ?? own.cwd,
              ...(parsed.options.has('user') ? { user: { uid: uid!, gid } } : {}),
            }
      return exec(containers, {
        id,
        process,
        detach: parsed.options.has('detach'),
        pidFile: one(parsed, 'pid-file') ?? null,
        consoleSocket: one(parsed, 'console-socket') ?? null,
      })
    },
  },
  list: {
    about: 'All containers of this --root.',
    usage: '',
    options: [
      { name: 'format', short: 'f', value: 'FORMAT', about: 'table or json' },
      { name: 'quiet', short: 'q', about: 'IDs alone' },
    ],
    run: async (parsed, containers) => {
      const { stateJson } = await import('../lifecycle/operations.js')
      const all = containers.states.list().map(record => stateJson(containers, record))
      if (parsed.options.has('quiet')) for (const { id } of all) out(`${id}\n`)
      else if (one(parsed, 'format') === 'json') out(`${JSON.stringify(all)}\n`)
      else {
        const rows = all.map(({ id, pid, status, bundle, created, owner }) => [id, pid, status, bundle, created, owner])
        for (const row of [['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'], ...rows]) out(`${row.join('\t')}\n`)
      }
      return 0
    },
  },
  start: {
    about: 'Run the program of a container that is created.',
    usage: 'ID',
    options: [],
    run: async (parsed, containers) => {
      const { start } = await import('../lifecycle/operations.js')
      await start(containers, idOf(parsed))
      return 0
    },
  },
  state: {
    about: 'The state of a container, as JSON.',
    usage: 'ID',
    options: [],
    run: async (parsed, containers) => {
      const { stateJson } = await import('../lifecycle/operations.js')
      out(`${JSON.stringify(stateJson(containers, containers.get(idOf(parsed))), null, 2)}\n`)
      return 0
    },
  },
  kill: {
    about: "Send a signal to a container's init.",
    usage: 'ID [SIGNAL]',
    options: [{ name: 'all', short: 'a', about: 'to all of its processes' }],
    run: async (parsed, containers) => {
      const { kill } = await import('../lifecycle/operations.js')
      await kill(containers, idOf(parsed), parsed.rest[1] ?? 'SIGTERM', parsed.options.has('all'))
      return 0
    },
  },
  pause: pausing('Stop all processes of a container where they are.', true),
  resume: pausing('Let a paused container go on.', false),
  ps: {
    about: 'The processes of a container, as ps shows them.',
    usage: 'ID [PS-OPTION...]',
    options: [{ name: 'format', short: 'f', value: 'FORMAT', about: 'table or json' }],
    run: async (parsed, containers) => {
      const { processesOf } = await import('../lifecycle/operations.js')
      const pids = await processesOf(containers.get(idOf(parsed)))
      if (one(parsed, 'format') === 'json') {
        out(`${JSON.stringify(pids)}\n`)
        return 0
      }
      const { spawnSync } = process.getBuiltinModule('node:child_process')
      const options = parsed.rest.length > 1 ? parsed.rest.slice(1) : ['-ef']
      const [head = '', ...lines] = spawnSync('ps', options, { encoding: 'utf8' }).stdout.split('\n')
      const column = head.trim().split(/\s+/).indexOf('PID')
      out(`${[head, ...lines.filter(line => pids.includes(Number(line.trim().split(/\s+/)[column])))].join('\n')}\n`)
      return 0
    },
  },
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
      const { remove } = await import('../lifecycle/operations.js')
      await remove(containers, idOf(parsed), parsed.options.has('force'))
      return 0
    },
  },
}

function pausing(about: string, paused: boolean): Command {
  return {
    about,
    usage: 'ID',
    options: [],
    run: async (parsed, containers) => {
      const { setPaused } = await import('../lifecycle/operations.js')
      await setPaused(containers, idOf(parsed), paused)
      return 0
    },
  }
}

export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await run(argv)
  } catch (error) {
    if (!(error instanceof MiniDockerError)) throw error
    process.stderr.write(`mini-runc: ${error.message}\n`)
    log(argv, error.message)
    return 1 // as runc: whatever went wrong
  }
}

/** Engines read the last line of the log, and say it on. */
function log(argv: readonly string[], message: string): void {
  const { options } = readOptions('mini-runc', globals, argv)
  const file = options.get('log')?.at(-1)
  if (file === undefined) return
  const line =
    options.get('log-format')?.at(-1) === 'json'
      ? JSON.stringify({ level: 'error', msg: message, time: new Date().toISOString() })
      : `time="${new Date().toISOString()}" level=error msg=${JSON.stringify(message)}`
  fs.appendFileSync(file, `${line}\n`)
}

async function run(argv: readonly string[]): Promise<number> {
  const global = readOptions('mini-runc', [...globals, { name: 'help', short: 'h', about: 'this' }], argv)
  const [name = '', ...rest] = global.rest
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) {
    const list = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`)
    out(
      `${helpOf('mini-runc [OPTIONS] COMMAND [ARG...]', 'A runtime of the OCI: runc, as ch1 to ch3 built it.', globals)}\ncommands:\n${list.join('\n')}\n`,
    )
    return global.options.has('help') || name === 'help' ? 0 : exitCode.toolFailed
  }
  const parsed = readOptions(
    `mini-runc ${name}`,
    [...command.options, { name: 'help', short: 'h', about: 'this' }],
    rest,
  )
  if (parsed.options.has('help')) {
    out(helpOf(`mini-runc ${name} [OPTIONS] ${command.usage}`, command.about, command.options))
    return 0
  }
  return command.run(parsed, await Containers.open(one(global, 'root') ?? '/run/mini-runc'))
}
