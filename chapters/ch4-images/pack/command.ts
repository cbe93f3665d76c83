/** `ch4 pack`: this machine's environment as an image. */

import type { Command } from '#core/cli/command'
import type { Flags } from '#core/cli/flags'
import { err, out, printWarning } from '#core/cli/print'
import { directories } from '#core/sys/paths'
import { makeImage } from '../image/make.js'
import { openImages } from '../images.js'
import { Lease } from '../store/leases.js'
import { containerConfigOf, imageConfigOf, timeOf } from './config.js'
import { newestOf } from './entries.js'
import { packFlags } from './flag-table.js'
import { summaryOf } from './item.js'
import { excludesOf } from './patterns.js'
import { packProgram } from './program.js'
import { listText, megabytes, summaryText } from './report.js'
import { type PackWish, packWishOf } from './wish.js'
import { writeLayer } from './write-layer.js'

type ProgramWish = Extract<PackWish, { kind: 'program' }>

export async function pack(flags: Flags, rest: readonly string[]): Promise<number> {
  const wish = packWishOf(flags, rest)
  if (wish.kind === 'program') return packOneProgram(wish)
  return (await import('./tree.js')).packTree(wish)
}

async function packOneProgram(wish: ProgramWish): Promise<number> {
  const { config, workdir, include, exclude, traceFor, quiet, name } = wish
  const { data, run } = directories()
  // all that is wrong with the config is said before the program is run
  containerConfigOf(config)
  const say = (text: string): boolean => quiet || err(`${text}\n`)
  if (traceFor !== null) say(`running ${config.command[0]} for up to ${traceFor / 1000} s, to see what it needs`)
  const packed = await packProgram({
    command: config.command,
    workdir,
    env: config.env,
    include,
    excluded: excludesOf(exclude),
    ownDirectories: [data, run],
    traceFor,
    output: quiet ? null : 2,
  })
  const { items, env, notes } = packed
  for (const note of notes) printWarning(note)
  if (wish.listOnly) return out(listText(items)) ? 0 : 1
  say(summaryText(summaryOf(items)))
  const images = openImages()
  const lease = new Lease(images.store)
  try {
    const { compression, sourceDate } = wish
    const layer = await writeLayer(images, items, { lease, compression, clamp: sourceDate })
    const created = newestOf(items, sourceDate)
    const image = imageConfigOf({
      platform: images.platform,
      config: containerConfigOf({ ...config, env }),
      diffIds: [layer.diffId],
      history: [{ created: timeOf(created), created_by: wish.said }],
      created,
    })
    const { diffId: _, ...descriptor } = layer
    const target = makeImage(images, image, [descriptor], lease)
    images.names.set(name!, target)
    say(`${name}: a layer of ${megabytes(layer.size)}`)
    out(`${target.digest}\n`)
    return 0
  } finally {
    lease.end()
  }
}

export const packCommand: Command = {
  name: 'ch4 pack',
  about: 'Make an image of what is on this machine: a directory, all of it, or a program with the files that it needs.',
  usage: '[DIR]',
  flags: packFlags,
  flagsThroughout: true,
  examples: [
    'ch4 pack -t site ./rootfs',
    'ch4 pack -t web --cmd node app.js',
    'ch4 pack --list --no-trace --cmd /bin/ls',
    'ch4 pack -t me --from / --exclude /home --exclude /var/cache',
  ],
  run: pack,
}
