/** What ch4's own flags of `run` mean. */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { environmentOf } from '#core/cli/process-flags'
import { errnoOf, fail } from '#core/errors'
import { signals } from '#core/sys/constants'
import type { Asked } from './process.js'

/** @throws MiniDockerError */
export function askedOf(flags: Flags, command: readonly string[]): Asked {
  return {
    command,
    entrypoint: flags.one('entrypoint'),
    // a file says what is usual, -e what is meant this time
    env: [...flags.all('env-file').flatMap(readEnvFile), ...environmentOf(flags)],
    workdir: flags.one('workdir'),
    user: flags.one('user'),
    labels: labelsOf(flags),
    stopSignal: stopSignalOf(flags),
  }
}

/**
 * docs.docker.com/reference/cli/docker/container/run, "--env-file": `KEY=VALUE` as it stands, quotes and all; `KEY` alone
 * passes ours on; `#` begins a comment only at the beginning of a line.
 */
function readEnvFile(file: string): string[] {
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'EIO'
    return fail(errno === 'ENOENT' ? 'NotFound' : 'FailedPrecondition', {
      what: `--env-file '${file}'`,
      why: errno,
      hint: 'a file with KEY=VALUE in each line',
      cause,
    })
  }
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line, index) => {
      const entry = line.replace(/^\s+/, '').replace(/\r$/, '')
      if (entry === '' || entry.startsWith('#')) return []
      const [key = ''] = entry.split('=')
      if (key === '' || /\s/.test(key)) {
        fail('InvalidArgument', {
          what: `--env-file '${file}': line ${index + 1}`,
          why: 'is not KEY=VALUE',
          hint: "no spaces around '='",
        })
      }
      if (entry.includes('=')) return [entry]
      const value = process.env[key]
      return value === undefined ? [] : [`${key}=${value}`]
    })
}

function labelsOf(flags: Flags): Record<string, string> {
  const entries = flags.all('label').map((text): [string, string] => {
    const [key = '', ...value] = text.split('=')
    if (key === '') fail('InvalidArgument', { what: `label '${text}'`, why: 'has no name', hint: '--label KEY=VALUE' })
    return [key, value.join('=')]
  })
  return Object.fromEntries(entries)
}

function stopSignalOf(flags: Flags): string | undefined {
  const name = flags.one('stop-signal')
  if (name === undefined) return undefined
  const whole = name.toUpperCase().startsWith('SIG') ? name.toUpperCase() : `SIG${name.toUpperCase()}`
  if (whole in signals || (/^\d{1,2}$/.test(name) && Number(name) >= 1 && Number(name) <= 64)) return name
  return fail('InvalidArgument', { what: `--stop-signal '${name}'`, why: 'is unknown', hint: 'SIGTERM, or a number' })
}

/** Claims the file: it is there, and empty, from here on. @throws MiniDockerError AlreadyExists */
export function claimCidFile(flags: Flags): string | null {
  const file = flags.one('cidfile')
  if (file === undefined) return null
  try {
    fs.closeSync(fs.openSync(file, 'wx', 0o644))
    return file
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'EIO'
    return fail(errno === 'EEXIST' ? 'AlreadyExists' : 'FailedPrecondition', {
      what: `--cidfile '${file}'`,
      why: errno === 'EEXIST' ? 'is there already' : errno,
      hint: 'remove it, or name another',
      cause,
    })
  }
}
