/** `ch4 images`: a row for each name, as docker has them. */

import type { Flags } from '#core/cli/flags'
import { humanSize } from '#core/cli/human-size'
import { out } from '#core/cli/print'
import { fail } from '#core/errors'
import { shortOf } from '#core/spec/digest'
import { tableOf } from '../../ch3-cgroups/index.js'
import { type Images, openImages } from '../images.js'
import { type Entry, listEntries, repositoryAndTag, sizeOf } from './entries.js'
import { booleanOf, globOf, matchesLabels, parseFilters } from './filters.js'
import { findTarget } from './find.js'
import { agoOf } from './human.js'

export function listImages(flags: Flags, [wanted, ...more]: readonly string[]): number {
  if (more.length > 0) {
    fail('InvalidArgument', { what: 'ch4 images', why: 'takes one name at most', hint: 'ch4 images [NAME[:TAG]]' })
  }
  const images = openImages()
  const now = Date.now()
  const rows = chosen(images, flags, wanted).map(entry => rowOf(images, entry, now))
  const format = flags.on('json') ? 'json' : (flags.one('format') ?? 'table')
  if (flags.on('quiet')) {
    const ids = rows.map(({ id }) => (flags.on('no-trunc') ? id : shortOf(id)))
    if (ids.length > 0) out(`${[...new Set(ids)].join('\n')}\n`)
  } else if (format === 'json') {
    for (const { id, repository, tag, digest, created, ago, size } of rows) {
      const line = { version: 1, ID: id, Repository: repository, Tag: tag, Digest: digest }
      out(`${JSON.stringify({ ...line, CreatedAt: created, CreatedSince: ago, Size: humanSize(size), Bytes: size })}\n`)
    }
  } else if (format === 'table') table(rows, flags)
  else fail('InvalidArgument', { what: `--format '${format}'`, why: 'is unknown', hint: 'json or table' })
  return 0
}

interface Row {
  readonly repository: string
  readonly tag: string
  readonly digest: string
  readonly id: string
  readonly created: string | null
  readonly ago: string
  readonly size: number
}

function rowOf(images: Images, { target, name, image, id }: Entry, now: number): Row {
  const created = image?.config.created
  const size = image === null ? 0 : sizeOf(images, image)
  const row = { ...repositoryAndTag(name), digest: target.digest, id, created: created ?? null }
  return { ...row, ago: agoOf(created, now), size }
}

function table(rows: readonly Row[], flags: Flags): void {
  const digests = flags.on('digests')
  const heading = ['REPOSITORY', 'TAG', ...(digests ? ['DIGEST'] : []), 'IMAGE ID', 'CREATED', 'SIZE']
  const cells = rows.map(({ repository, tag, digest, id, ago, size }) => [
    repository,
    tag,
    ...(digests ? [digest] : []),
    flags.on('no-trunc') ? id : shortOf(id),
    ago,
    humanSize(size),
  ])
  out(`${tableOf(heading, cells).join('\n')}\n`)
}

/** The newest first. */
function chosen(images: Images, flags: Flags, wanted: string | undefined): Entry[] {
  const filters = parseFilters(flags.all('filter'), ['dangling', 'label', 'reference', 'before', 'since'])
  const of = (key: string): readonly string[] => filters.get(key) ?? []
  const timeOf = ({ image }: Entry): number => Date.parse(image?.config.created ?? '') || 0
  const timesOf = (key: string): number[] =>
    of(key).map(who => {
      const { target } = findTarget(images, who)
      return timeOf(listEntries(images).find(entry => entry.target.digest === target.digest)!)
    })
  const [before, since] = [timesOf('before'), timesOf('since')]
  const references = [...(wanted === undefined ? [] : [wanted]), ...of('reference')]
  const dangling = of('dangling').map(text => booleanOf('dangling', text))
  return listEntries(images)
    .filter(
      entry =>
        dangling.every(is => is === (entry.name === null)) &&
        matchesLabels(entry.image?.config.config?.Labels ?? {}, of('label')) &&
        references.every(pattern => matchesName(entry.name, pattern)) &&
        before.every(time => timeOf(entry) < time) &&
        since.every(time => timeOf(entry) > time),
    )
    .sort((a, b) => timeOf(b) - timeOf(a))
}

/** `web`: all its tags; `web:1`; `mini/*`; or the last component alone, as docker takes it. */
function matchesName(name: string | null, pattern: string): boolean {
  if (name === null) return false
  const { repository, tag } = repositoryAndTag(name)
  const colon = pattern.lastIndexOf(':')
  const hasTag = colon > pattern.lastIndexOf('/')
  const rule = globOf(hasTag ? pattern.slice(0, colon) : pattern)
  if (!rule.test(repository)) return false
  return !hasTag || globOf(pattern.slice(colon + 1)).test(tag)
}
