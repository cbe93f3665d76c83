/** `ch7 validate runtime`: a runtime, ours or another's, is asked for what the runtime-spec says that it MUST do. */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { out, printJson } from '#core/cli/print'
import { fail } from '#core/errors'
import { ensureDefaultRootfs } from '#core/rootfs/default'
import { directories } from '#core/sys/paths'
import { probeFacts, which } from '#core/sys/probe'
import { allChecks } from './all-checks.js'
import { ask } from './ask.js'
import type { Check } from './check.js'
import { allMusts } from './musts.js'
import { makeRoom } from './room.js'
import { head, listLines, type Result, resultsJson, tail, tapLines } from './tap.js'

/** @returns 0, or 1 when a check is broken @throws MiniDockerError */
export async function validateRuntime(flags: Flags): Promise<number> {
  const checks = chosen(flags.all('only'))
  if (flags.on('list')) {
    out(`${listLines(checks, allMusts).join('\n')}\n`)
    return 0
  }
  const command = commandOf(flags.one('runtime'))
  const seconds = secondsOf(flags.one('timeout'))
  if (process.geteuid?.() !== 0) {
    fail('FailedPrecondition', {
      what: 'ch7 validate runtime',
      why: 'needs root',
      hint: 'containers of all kinds are made',
    })
  }
  const results = await askAll(command, checks, seconds, flags.on('json'))
  if (flags.on('json')) printJson(resultsJson(command, results, allMusts))
  else out(`${tail(results, allMusts).join('\n')}\n`)
  return results.some(({ result }) => result === 'broken') ? 1 : 0
}

async function askAll(
  command: readonly string[],
  checks: readonly Check[],
  seconds: number,
  quiet: boolean,
): Promise<Result[]> {
  const { data } = directories()
  const room = makeRoom({
    command,
    rootfs: fs.realpathSync(ensureDefaultRootfs({ dataDir: data }).path),
    facts: probeFacts(),
    seconds,
  })
  const results: Result[] = []
  let stopped = false
  const stop = (): void => {
    stopped = true
    room.stop()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop)
  const say = (lines: readonly string[]): void => {
    if (!quiet) out(`${lines.join('\n')}\n`)
  }
  try {
    say(head(checks.length))
    for (const check of checks) {
      if (stopped) break
      const result = await ask(check, room)
      if (stopped) break
      results.push(result)
      say(tapLines(result, results.length))
    }
  } finally {
    room.close()
  }
  if (stopped) fail('Unavailable', { what: 'ch7 validate runtime', why: 'was interrupted' })
  return results
}

function chosen(ids: readonly string[]): readonly Check[] {
  const unknown = ids.find(id => allChecks.every(check => check.id !== id))
  if (unknown !== undefined) {
    const hint = 'mini-docker ch7 validate runtime --list'
    fail('NotFound', { what: `check '${unknown}'`, why: 'there is none', hint })
  }
  return ids.length === 0 ? allChecks : allChecks.filter(({ id }) => ids.includes(id))
}

function secondsOf(text = '20'): number {
  const seconds = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && seconds > 0) return seconds
  return fail('InvalidArgument', { what: `--timeout '${text}'`, why: 'is no number of seconds', hint: '20, 0.5' })
}

/** Beside the bundle, or two levels above this file. */
const ours = ['mini-runc.cjs', '../../../../mini-runc.cjs'].map(name => `${import.meta.dirname}/${name}`)

/** Without a name: our own. */
function commandOf(name: string | undefined): readonly string[] {
  if (name === undefined) {
    const file = ours.find(path => fs.existsSync(path))
    return file === undefined
      ? fail('NotFound', { what: 'mini-runc', why: 'is not built', hint: 'npm run build' })
      : [process.execPath, file]
  }
  const file = name.includes('/') ? name : which(name)
  if (file !== null && fs.existsSync(file)) return [fs.realpathSync(file)]
  return fail('NotFound', { what: `runtime '${name}'`, why: 'ENOENT', hint: '--runtime /usr/bin/crun' })
}
