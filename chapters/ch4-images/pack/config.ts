/** The config of an image that was packed: what docker run takes where the command line says nothing. Pure. */

import { fail } from '#core/errors'
import type { Digest } from '#core/spec/digest'
import type { ContainerConfig, History, ImageConfig, Platform } from '#core/spec/image'

/** The words of the command line, as they were typed. */
export interface ConfigWish {
  readonly command: readonly string[]
  readonly entrypoint: string | undefined
  /** KEY=VALUE each. */
  readonly env: readonly string[]
  readonly workdir: string | undefined
  readonly user: string | undefined
  readonly labels: readonly string[]
  readonly expose: readonly string[]
}

/** @throws MiniDockerError InvalidArgument */
export function containerConfigOf(wish: ConfigWish): ContainerConfig {
  const { command, entrypoint, env, workdir, user, labels, expose } = wish
  if (workdir !== undefined && !workdir.startsWith('/')) {
    fail('InvalidArgument', {
      what: `--workdir '${workdir}'`,
      why: 'is not an absolute path',
      hint: `--workdir /${workdir}`,
    })
  }
  return {
    ...(user === undefined ? {} : { User: user }),
    ...(expose.length === 0 ? {} : { ExposedPorts: Object.fromEntries(expose.map(one => [portOf(one), {}]).sort()) }),
    Env: [...env],
    ...(entrypoint === undefined ? {} : { Entrypoint: wordsOf(entrypoint) }),
    ...(command.length === 0 ? {} : { Cmd: [...command] }),
    ...(workdir === undefined ? {} : { WorkingDir: workdir }),
    ...(labels.length === 0 ? {} : { Labels: Object.fromEntries(labels.map(labelOf)) }),
  }
}

function portOf(text: string): string {
  const [, port, protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(text) ?? []
  if (port !== undefined && Number(port) > 0 && Number(port) < 65536) return `${Number(port)}/${protocol}`
  return fail('InvalidArgument', {
    what: `--expose '${text}'`,
    why: 'is not PORT[/tcp|udp|sctp]',
    hint: '--expose 8080, --expose 53/udp',
  })
}

function labelOf(text: string): [string, string] {
  const [, key, value] = /^([^=]+)(?:=(.*))?$/s.exec(text) ?? []
  if (key !== undefined) return [key, value ?? '']
  return fail('InvalidArgument', { what: `--label '${text}'`, why: 'has no name', hint: '--label KEY=VALUE' })
}

/** One word, or a JSON list of words, as a Dockerfile has it. */
function wordsOf(text: string): readonly string[] {
  if (!text.startsWith('[')) return [text]
  try {
    const words: unknown = JSON.parse(text)
    if (Array.isArray(words) && words.length > 0 && words.every(word => typeof word === 'string')) return words
  } catch {
    // told below
  }
  return fail('InvalidArgument', {
    what: `--entrypoint '${text}'`,
    why: 'is no list of words in JSON',
    hint: `--entrypoint '["node", "app.js"]', or one word`,
  })
}

export interface PackedConfig {
  readonly platform: Platform
  readonly config: ContainerConfig
  /** Those of the images below included, the lowest first. */
  readonly diffIds: readonly Digest[]
  readonly history: readonly History[]
  /** Seconds since 1970. */
  readonly created: number
}

export const imageConfigOf = ({ platform, config, diffIds, history, created }: PackedConfig): ImageConfig => ({
  created: timeOf(created),
  ...platform,
  config,
  rootfs: { type: 'layers', diff_ids: [...diffIds] },
  history: [...history],
})

/** RFC 3339. @param seconds since 1970 */
export const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')

/** Words as a shell would be given them. */
export const spelled = (words: readonly string[]): string =>
  words.map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')

/**
 * SOURCE_DATE_EPOCH: seconds since 1970, no file is said to be newer.
 * Source: reproducible-builds.org/specs/source-date-epoch. @throws MiniDockerError InvalidArgument
 */
export function sourceDate(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^\d{1,11}$/.test(text)) return Number(text)
  return fail('InvalidArgument', {
    what: `SOURCE_DATE_EPOCH '${text}'`,
    why: 'is not a number of seconds since 1970',
    hint: 'SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)',
  })
}
