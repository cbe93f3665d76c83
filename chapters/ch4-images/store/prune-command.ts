/** `ch4 prune` on the command line: `docker system prune`. */

import * as fs from 'node:fs'
import * as tty from 'node:tty'
import { cleanUpDead } from '#core/cli/clean-up-dead'
import type { Flags } from '#core/cli/flags'
import { humanSize } from '#core/cli/human-size'
import { err, out } from '#core/cli/print'
import { host } from '#core/exec/host'
import { States } from '#core/exec/state'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { settle } from '../container/settle.js'
import { parseFilters, untilOf } from '../image/filters.js'
import { openImages } from '../images.js'
import { type Pruned, prune } from './prune.js'

export async function pruneCommand(flags: Flags): Promise<number> {
  const filters = parseFilters(flags.all('filter'), ['until', 'label'])
  const now = Date.now()
  const until = (filters.get('until') ?? []).map(text => untilOf(text, now))
  const [all, volumes] = [flags.on('all'), flags.on('volumes')]
  if (!flags.on('force') && tty.isatty(0) && !isSure(all, volumes)) return 0
  const wanted = {
    all,
    volumes,
    until: Math.min(Number.POSITIVE_INFINITY, ...until),
    labels: filters.get('label') ?? [],
  }
  const images = openImages()
  // what was killed has ended before its files go: a RUN's container, which no other command of images looks for, and the rest
  const { run } = directories()
  await cleanUpDead(new States(run), host(run, probeFacts()).perform)
  await settle(images)
  print(await prune(images, wanted))
  return 0
}

function isSure(all: boolean, volumes: boolean): boolean {
  const going = [
    'all stopped containers',
    ...(volumes ? ['all anonymous volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
    all ? 'all build cache' : 'unusable build cache',
  ]
  err(`WARNING! This will remove:\n${going.map(what => `  - ${what}\n`).join('')}\n`)
  err('Are you sure you want to continue? [y/N] ')
  const answer = Buffer.alloc(256)
  const length = fs.readSync(0, answer, 0, answer.length, null)
  return /^y(es)?$/i.test(answer.toString('utf8', 0, length).trim())
}

function print({ containers, volumes, images, cache, freed }: Pruned): void {
  const sections = { Containers: containers, Volumes: volumes, Images: images, 'build cache objects': cache }
  for (const [title, lines] of Object.entries(sections)) {
    if (lines.length > 0) out(`Deleted ${title}:\n${lines.join('\n')}\n\n`)
  }
  out(`Total reclaimed space: ${humanSize(freed, 4)}\n`)
}
