/** The commands of mini-runc that only look: at containers, and at the runtime itself. */

import * as fs from 'node:fs'
import { out } from '#core/cli/out'
import { errnoOf, fail } from '#core/errors'
import { probeFacts } from '#core/sys/probe'
import { tableOf } from '../../ch3-cgroups/index.js'
import { type Command, idOf, one } from './command.js'
import type { Parsed } from './options.js'

export const views: Readonly<Record<string, Command>> = {
  list: {
    about: 'All containers of this --root.',
    usage: '',
    options: [
      { name: 'format', short: 'f', value: 'FORMAT', about: 'table or json' },
      { name: 'quiet', short: 'q', about: 'IDs alone' },
    ],
    run: async (parsed, containers) => {
      const { stateJson } = await import('../lifecycle/told.js')
      const all = containers.states.list().map(record => stateJson(containers, record))
      if (parsed.options.has('quiet')) for (const { id } of all) out(`${id}\n`)
      else if (isJson(parsed)) out(`${JSON.stringify(all)}\n`)
      else {
        const rows = all.map(one => [one.id, String(one.pid), one.status, one.bundle, one.created, one.owner])
        out(`${tableOf(['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'], rows).join('\n')}\n`)
      }
      return 0
    },
  },
  ps: {
    about: 'The processes of a container, as ps shows them.',
    usage: 'ID [PS-OPTION...]',
    options: [{ name: 'format', short: 'f', value: 'FORMAT', about: 'table or json' }],
    run: async (parsed, containers) => {
      const { processesOf } = await import('../lifecycle/processes.js')
      const pids = processesOf(containers.get(idOf(parsed)))
      if (isJson(parsed)) {
        out(`${JSON.stringify(pids)}\n`)
        return 0
      }
      const { spawnSync } = process.getBuiltinModule('node:child_process')
      const options = parsed.rest.length > 1 ? parsed.rest.slice(1) : ['-ef']
      const { status, error, stdout, stderr } = spawnSync('ps', options, { encoding: 'utf8' })
      if (status !== 0)
        fail('Unavailable', {
          what: `ps ${options.join(' ')}`,
          why: error === undefined ? stderr.trim() : (errnoOf(error) ?? 'EIO'),
        })
      const [head = '', ...lines] = stdout.split('\n')
      const column = head.trim().split(/\s+/).indexOf('PID')
      if (column < 0) fail('InvalidArgument', { what: `ps ${options.join(' ')}`, why: 'has no column PID' })
      out(`${[head, ...lines.filter(line => pids.includes(Number(line.trim().split(/\s+/)[column])))].join('\n')}\n`)
      return 0
    },
  },
  events: {
    about: 'What a container has used, as JSON, every few seconds until it ends.',
    usage: 'ID',
    options: [
      { name: 'stats', about: 'once' },
      { name: 'interval', value: 'DURATION', about: 'how often: 500ms, 5s, 1m (default 5s)' },
    ],
    run: async (parsed, containers) => {
      const { events } = await import('../lifecycle/events.js')
      const interval = millisecondsOf(one(parsed, 'interval') ?? '5s')
      await events(containers, idOf(parsed), parsed.options.has('stats') ? null : interval)
      return 0
    },
  },
  features: {
    about: 'What this runtime can do, as JSON.',
    usage: '',
    options: [],
    run: async () => {
      const { features } = await import('./features.js')
      out(`${JSON.stringify(features(probeFacts()), null, 2)}\n`)
      return 0
    },
  },
  spec: {
    about: 'Write a config.json to begin with.',
    usage: '',
    options: [
      { name: 'bundle', short: 'b', value: 'DIR', about: 'where (default: here)' },
      { name: 'rootless', about: 'one that an ordinary user can run' },
    ],
    run: async parsed => {
      const { starterSpec } = await import('./starter-spec.js')
      const file = `${one(parsed, 'bundle') ?? '.'}/config.json`
      const text = `${JSON.stringify(starterSpec(parsed.options.has('rootless'), probeFacts()), null, '\t')}\n`
      try {
        fs.writeFileSync(file, text, { flag: 'wx', mode: 0o666 })
      } catch (cause) {
        const why = errnoOf(cause) ?? 'EIO'
        const hint = why === 'EEXIST' ? 'remove it first' : undefined
        fail(why === 'EEXIST' ? 'AlreadyExists' : 'FailedPrecondition', {
          what: `'${file}'`,
          why,
          cause,
          ...(hint === undefined ? {} : { hint }),
        })
      }
      return 0
    },
  },
}

/** As Go writes a duration, one unit. */
function millisecondsOf(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  const milliseconds = Number(number) * units[unit ?? '']!
  if (milliseconds > 0) return milliseconds
  return fail('InvalidArgument', { what: `--interval '${text}'`, why: 'is no duration', hint: '500ms, 5s, 1m' })
}

/** @throws MiniDockerError InvalidArgument */
function isJson(parsed: Parsed): boolean {
  const format = one(parsed, 'format') ?? 'table'
  if (format !== 'table' && format !== 'json')
    fail('InvalidArgument', { what: `--format '${format}'`, why: 'is none', hint: 'table or json' })
  return format === 'json'
}
