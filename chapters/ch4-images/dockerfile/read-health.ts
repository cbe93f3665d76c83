/** HEALTHCHECK: `[OPTIONS] CMD …` or `NONE`. Durations are Go's: 1m30s. */

import { fail } from '#core/errors'
import type { Health } from './instruction.js'
import type { Escape } from './parse.js'
import { readCommand } from './read-command.js'
import { readFlags } from './read-flags.js'

const names = ['interval', 'timeout', 'start-period', 'start-interval', 'retries'] as const

export function readHealth(text: string, escape: Escape): Health {
  const flags = readFlags('HEALTHCHECK', text, names, escape)
  const [, word = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(flags.rest)!
  const duration = (name: (typeof names)[number]): number => durationOf(`--${name}`, flags.one(name))
  const retries = flags.one('retries') ?? '0'
  if (!/^\d{1,9}$/.test(retries)) fail('InvalidArgument', { what: `--retries=${retries}`, why: 'is not a number' })
  const about = {
    kind: 'HEALTHCHECK',
    interval: duration('interval'),
    timeout: duration('timeout'),
    startPeriod: duration('start-period'),
    startInterval: duration('start-interval'),
    retries: Number(retries),
  } as const
  const kind = word.toUpperCase()
  if (kind === 'NONE') {
    if (rest !== '' || names.some(name => flags.one(name) !== null)) {
      fail('InvalidArgument', { what: 'HEALTHCHECK NONE', why: 'stands alone' })
    }
    return { ...about, command: null }
  }
  if (kind !== 'CMD') {
    fail('InvalidArgument', {
      what: `HEALTHCHECK '${word}'`,
      why: 'is neither CMD nor NONE',
      hint: 'HEALTHCHECK CMD …',
    })
  }
  const command = readCommand(rest)
  if (rest === '' || (command.form === 'exec' && command.args.length === 0)) {
    fail('InvalidArgument', { what: 'HEALTHCHECK CMD', why: 'needs a command' })
  }
  return { ...about, command }
}

const nanoseconds: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

/** 0 means the usual; what is set is 1 ms at least. */
function durationOf(flag: string, text: string | null): number {
  if (text === null || text === '0') return 0
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)]
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) {
    fail('InvalidArgument', { what: `${flag}=${text}`, why: 'is no duration', hint: `${flag}=30s` })
  }
  const total = parts.reduce((sum, [, number, unit]) => sum + Number(number) * nanoseconds[unit!]!, 0)
  if (total < 1e6) fail('InvalidArgument', { what: `${flag}=${text}`, why: 'is less than 1ms' })
  return Math.round(total)
}
