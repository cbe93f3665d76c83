/**
 * From which repositories blobs came, or where they were pushed to: a registry that has a blob in one repository gives it to
 * another without its bytes (cross-repository mount). `<data>/blob-sources.json`; what it says is a guess, the registry knows.
 * Source: distribution-spec "Mounting a blob from another repository"; docker's distribution/metadata/v2_metadata_service.
 */

import * as fs from 'node:fs'
import { writeAtomically } from '#core/exec/files'
import type { Digest } from '#core/spec/digest'
import type { Images } from '../../../ch4-images/index.js'

/** `localhost:5000/team/app`, the newest first, by digest. */
type Sources = Readonly<Record<Digest, readonly string[]>>

const KEPT = 10

const fileOf = ({ data }: Images): string => `${data}/blob-sources.json`

function read(images: Images): Sources {
  try {
    const { version, sources } = JSON.parse(fs.readFileSync(fileOf(images), 'utf8'))
    return version === 1 && typeof sources === 'object' && sources !== null ? sources : {}
  } catch {
    return {} // nothing depends on it
  }
}

/** Repositories of that registry. */
export function sourcesOf(
  images: Images,
  digests: readonly Digest[],
  domain: string,
): ReadonlyMap<Digest, readonly string[]> {
  const sources = read(images)
  const own = (all: readonly string[]): string[] =>
    all.flatMap(one => (one.startsWith(`${domain}/`) ? [one.slice(domain.length + 1)] : []))
  return new Map(digests.map(digest => [digest, own(sources[digest] ?? [])]))
}

/** Blobs that are not here any more are forgotten. */
export function noteSource(images: Images, digests: readonly Digest[], domain: string, path: string): void {
  const place = `${domain}/${path}`
  images.store.locked(() => {
    const before = read(images)
    const added = digests.map(digest => [
      digest,
      [place, ...(before[digest] ?? []).filter(one => one !== place)].slice(0, KEPT),
    ])
    const sources = Object.entries({ ...before, ...Object.fromEntries(added) }).filter(([digest]) =>
      images.store.has(digest),
    )
    writeAtomically(fileOf(images), JSON.stringify({ version: 1, sources: Object.fromEntries(sources) }), 0o644)
  })
}
