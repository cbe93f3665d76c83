/** From the words of the command line to what is to be packed. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import type { Flags } from '#core/cli/flags'
import { environmentOf } from '#core/cli/process-flags'
import { errnoOf, fail } from '#core/errors'
import type { Compression } from '../layer/compress.js'
import { parseName } from '../store/image-name.js'
import { type ConfigWish, sourceDate, spelled } from './config.js'

interface Common {
  /** The whole name; null: only --list. */
  readonly name: string | null
  readonly config: ConfigWish
  readonly exclude: readonly string[]
  readonly compression: Compression
  readonly listOnly: boolean
  readonly quiet: boolean
  /** Seconds since 1970: SOURCE_DATE_EPOCH. */
  readonly sourceDate: number | undefined
  /** What its history says. */
  readonly said: string
}

export type PackWish = Common &
  (
    | { readonly kind: 'tree'; readonly directory: string }
    | {
        readonly kind: 'program'
        readonly workdir: string
        readonly include: readonly string[]
        readonly traceFor: number | null
      }
  )

const usage = 'mini-docker ch4 pack -t NAME DIR, or -t NAME --cmd PROGRAM [ARG...]'
const usualSeconds = 5
const longestSeconds = 24 * 3600

/** @throws MiniDockerError InvalidArgument, NotFound */
export function packWishOf(flags: Flags, rest: readonly string[]): PackWish {
  const [given, ...more] = rest
  const from = flags.one('from')
  if (more.length > 0 || (given !== undefined && from !== undefined)) {
    fail('InvalidArgument', { what: `argument '${more[0] ?? given}'`, why: 'is one directory too many', hint: usage })
  }
  const tree = from ?? given
  const command = flags.all('cmd')
  if (tree === undefined && command.length === 0) {
    fail('InvalidArgument', { what: 'ch4 pack', why: 'needs a directory or a command', hint: usage })
  }
  const tag = flags.one('tag')
  if (tag === undefined && !flags.on('list')) {
    fail('InvalidArgument', { what: 'ch4 pack', why: 'the image needs a name', hint: '--tag NAME, or -t NAME' })
  }
  if (command[0] === '') fail('InvalidArgument', { what: "--cmd ''", why: 'names no program', hint: usage })
  const common = {
    name: tag === undefined ? null : parseName(tag),
    exclude: flags.all('exclude'),
    compression: compressionOf(flags.one('compression')),
    listOnly: flags.on('list'),
    quiet: flags.on('quiet'),
    sourceDate: sourceDate(process.env.SOURCE_DATE_EPOCH),
  }
  if (tree !== undefined) {
    for (const name of ['include', 'no-trace', 'trace-for']) {
      if (flags.on(name))
        fail('InvalidArgument', { what: `--${name}`, why: 'goes with --cmd, and without a directory', hint: usage })
    }
    const config = configOf(flags, command, flags.one('workdir'))
    const directory = directoryAt(tree)
    const said = spelled(['mini-docker', 'pack', ...(directory === '/' ? ['--from', '/'] : []), ...excludes(common)])
    return { ...common, kind: 'tree', directory, config, said }
  }
  const workdir = path.resolve(flags.one('workdir') ?? process.cwd())
  directoryAt(workdir)
  const include = flags.all('include')
  const said = ['mini-docker', 'pack', ...include.flatMap(one => ['--include', one]), ...excludes(common)]
  return {
    ...common,
    kind: 'program',
    workdir,
    include,
    traceFor: traceFor(flags),
    config: configOf(flags, command, workdir),
    said: spelled([...said, '--cmd', ...command]),
  }
}

const excludes = ({ exclude }: { readonly exclude: readonly string[] }): string[] =>
  exclude.flatMap(one => ['--exclude', one])

const configOf = (flags: Flags, command: readonly string[], workdir: string | undefined): ConfigWish => ({
  command,
  entrypoint: flags.one('entrypoint'),
  env: environmentOf(flags),
  workdir,
  user: flags.one('user'),
  labels: flags.all('label'),
  expose: flags.all('expose'),
})

function directoryAt(wanted: string): string {
  try {
    const real = fs.realpathSync(wanted)
    if (fs.statSync(real).isDirectory()) return real
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'EIO'
    const missing = errno === 'ENOENT'
    fail(missing ? 'NotFound' : 'FailedPrecondition', {
      what: `directory '${wanted}'`,
      why: missing ? 'is not there' : errno,
      hint: usage,
      cause,
    })
  }
  return fail('InvalidArgument', { what: `directory '${wanted}'`, why: 'is not a directory', hint: usage })
}

function traceFor(flags: Flags): number | null {
  const text = flags.one('trace-for')
  if (flags.on('no-trace')) {
    if (text === undefined) return null
    fail('InvalidArgument', { what: '--no-trace', why: 'contradicts --trace-for', hint: 'leave one of the two out' })
  }
  const seconds =
    text === undefined ? usualSeconds : /^\d+(\.\d+)?s?$/.test(text) ? Number.parseFloat(text) : Number.NaN
  if (seconds > 0 && seconds <= longestSeconds) return seconds * 1000
  return fail('InvalidArgument', {
    what: `--trace-for '${text}'`,
    why: `is not a number of seconds up to ${longestSeconds}`,
    hint: '--trace-for 30',
  })
}

function compressionOf(text = 'gzip'): Compression {
  if (text === 'gzip' || text === 'zstd' || text === 'none') return text
  return fail('InvalidArgument', {
    what: `--compression '${text}'`,
    why: 'is not gzip, zstd or none',
    hint: 'gzip is what every other tool reads',
  })
}
