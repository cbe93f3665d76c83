/** `ch4 build`: flags to a wish, the build, its name, and what the user sees of it. */

import * as fs from 'node:fs'
import * as tty from 'node:tty'
import { cleanUpDead } from '#core/cli/clean-up-dead'
import type { Flags } from '#core/cli/flags'
import { err, out, printWarning } from '#core/cli/print'
import { fail } from '#core/errors'
import { host } from '#core/exec/host'
import { States } from '#core/exec/state'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { DockerfileError } from '../dockerfile/place.js'
import { parsePlatform } from '../image/platform.js'
import { openImages } from '../images.js'
import { sourceDate } from '../pack/config.js'
import { parseName } from '../store/image-name.js'
import { Lease } from '../store/leases.js'
import { build } from './build.js'
import type { BuildWish, SecretSource } from './building.js'
import { CacheRecords } from './cache-records.js'
import { openContext } from './context.js'
import type { Progress } from './progress.js'
import { PlainProgress, QuietProgress } from './progress-plain.js'
import { Scratch, sweepScratch } from './scratch.js'

export async function buildImage(flags: Flags, rest: readonly string[]): Promise<number> {
  const [where, ...more] = rest
  if (where === undefined || more.length > 0) {
    fail('InvalidArgument', {
      what: 'ch4 build',
      why: where === undefined ? 'needs a build context' : 'has one build context',
      hint: 'mini-docker ch4 build -t NAME DIR',
    })
  }
  const names = flags.all('tag').map(parseName)
  const images = openImages()
  const wish = wishOf(flags, images.platform)
  const { run } = directories()
  await cleanUpDead(new States(run), host(run, probeFacts()).perform)
  sweepScratch(images.data)
  const lease = new Lease(images.store)
  const scratch = new Scratch(images.data)
  const progress = await progressOf(flags)
  try {
    const context = await openContext(where!, flags.one('file'), scratch)
    const records = new CacheRecords(images.data)
    const clamp = sourceDate(wish.buildArgs.get('SOURCE_DATE_EPOCH') ?? process.env.SOURCE_DATE_EPOCH)
    const now = (clamp === undefined ? new Date() : new Date(clamp * 1000)).toISOString()
    const rest = { kills: new Set<() => void>(), unpacking: new Map() }
    const building = { images, lease, scratch, records, context, wish, progress, now, clamp, ...rest }
    const built = await build(building, images.platform).finally(() => progress.close())
    for (const name of names) images.names.set(name, built.target)
    if (names.length === 0) images.names.add(built.target)
    for (const warning of built.warnings) printWarning(warning)
    const iidfile = flags.one('iidfile')
    if (iidfile !== undefined) fs.writeFileSync(iidfile, built.id)
    if (!isQuiet(flags)) for (const name of names) err(`named ${name}\n`)
    out(`${built.id}\n`)
    return 0
  } catch (error) {
    if (error instanceof DockerfileError) err(`${error.excerpt}\n`)
    throw error
  } finally {
    scratch.remove()
    lease.end()
  }
}

const isQuiet = (flags: Flags): boolean => flags.on('quiet') || flags.one('progress') === 'quiet'

async function progressOf(flags: Flags): Promise<Progress> {
  if (isQuiet(flags)) return new QuietProgress()
  const wanted = flags.one('progress') ?? 'auto'
  if (!['auto', 'plain', 'tty'].includes(wanted)) {
    fail('InvalidArgument', { what: `--progress ${wanted}`, why: 'is unknown', hint: 'auto, plain, tty or quiet' })
  }
  if (wanted === 'plain' || (wanted === 'auto' && !tty.isatty(2))) return new PlainProgress()
  return new (await import('./progress-tty.js')).TtyProgress()
}

function wishOf(flags: Flags, here: BuildWish['platform']): BuildWish {
  const platform = flags.one('platform')
  const network = flags.one('network') ?? 'host'
  if (network !== 'host' && network !== 'none' && network !== 'default') {
    fail('InvalidArgument', { what: `--network ${network}`, why: 'is unknown', hint: 'host or none' })
  }
  return {
    target: flags.one('target'),
    buildArgs: new Map(flags.all('build-arg').flatMap(argOf)),
    noCache: flags.on('no-cache'),
    platform: platform === undefined ? here : parsePlatform(platform),
    network: network === 'none' ? 'none' : 'host',
    labels: flags.all('label').map(text => {
      const equals = text.indexOf('=')
      return equals < 0 ? ([text, ''] as const) : ([text.slice(0, equals), text.slice(equals + 1)] as const)
    }),
    secrets: new Map(flags.all('secret').map(secretOf)),
  }
}

/** Without a value it is that of our own variable, if there is one. */
function argOf(text: string): (readonly [string, string])[] {
  const equals = text.indexOf('=')
  const name = equals < 0 ? text : text.slice(0, equals)
  if (name === '') fail('InvalidArgument', { what: `--build-arg '${text}'`, why: 'has no name', hint: 'NAME=VALUE' })
  const value = equals < 0 ? process.env[name] : text.slice(equals + 1)
  return value === undefined ? [] : [[name, value]]
}

/** `id=NAME,src=FILE`, `id=NAME,env=VARIABLE`; with neither, the variable of that name. */
function secretOf(text: string): readonly [string, SecretSource] {
  const fields = new Map(
    text.split(',').map(field => [field.split('=')[0]!, field.split('=').slice(1).join('=')] as const),
  )
  const id = fields.get('id')
  if (id === undefined || id === '') {
    fail('InvalidArgument', { what: `--secret '${text}'`, why: 'has no id', hint: '--secret id=token,src=token.txt' })
  }
  const file = fields.get('src') ?? fields.get('source')
  return [id!, file !== undefined ? { file } : { env: fields.get('env') ?? id! }]
}
