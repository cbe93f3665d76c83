/**
 * Where uploads are, so that a push goes on with what a killed one has sent: `<data>/uploads.json`. It is a guess, which the
 * registry judges (transfer/noted-upload); no push fails for it, and none waits for the disk. A location may be signed for whoever
 * holds it: the file is its owner's alone. An upload of a push that still runs is that push's.
 */

import * as fs from 'node:fs'
import { writeAtomically } from '#core/exec/files'
import type { Digest } from '#core/spec/digest'
import { type Identity, identify, isAlive } from '#core/sys/identity'
import type { Images } from '../../../ch4-images/index.js'
import type { UploadNote } from '../transfer/noted-upload.js'

interface Entry {
  /** `localhost:5000/team/app`. */
  readonly place: string
  readonly digest: Digest
  /** A URL. */
  readonly location: string
  /** Milliseconds since 1970. */
  readonly noted: number
  readonly owner: Identity
}

/** Registries keep an upload for a day, or a week. */
const DAY_MS = 24 * 3_600_000
const MOST = 200
const LOCATION_MAX = 8192

const fileOf = ({ data }: Images): string => `${data}/uploads.json`

export function noteOfUpload(images: Images, domain: string, path: string, digest: Digest): UploadNote {
  const place = `${domain}/${path}`
  const isIt = (entry: Entry): boolean => entry.place === place && entry.digest === digest
  let last: string | null = null
  const enter = (location: string | null): void => {
    if (location === last) return
    attempt(() =>
      images.store.locked(() => {
        const all = read(images)
        // of two pushes at once each removes its own alone
        const others = all.filter(entry => !isIt(entry) || (location === null && !isOurs(entry.owner)))
        const own = location === null ? [] : [{ place, digest, location, noted: Date.now(), owner: ourselves() }]
        if (own.length > 0 || others.length < all.length) write(images, [...own, ...others])
      }),
    )
    last = location
  }
  return {
    take: () =>
      attempt(() => {
        const left = read(images).find(entry => isIt(entry) && !isAlive(entry.owner))
        if (left !== undefined) enter(left.location)
        return left?.location ?? null
      }) ?? null,
    keep: location => enter(isPlain(location) ? location : null),
    drop: () => enter(null),
  }
}

let identity: Identity | undefined
const ourselves = (): Identity => (identity ??= identify(process.pid)!)
const isOurs = ({ pid, startTime }: Identity): boolean => pid === ourselves().pid && startTime === ourselves().startTime

/** Nothing of a password is written down. */
function isPlain(location: string): boolean {
  if (location.length > LOCATION_MAX || !URL.canParse(location)) return false
  const { protocol, username, password } = new URL(location)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}

function read(images: Images): readonly Entry[] {
  try {
    const { version, uploads } = JSON.parse(fs.readFileSync(fileOf(images), 'utf8'))
    return version === 1 && Array.isArray(uploads) ? uploads.filter(isEntry) : []
  } catch {
    return [] // nothing depends on it
  }
}

function isEntry(entry: Partial<Entry> | null): entry is Entry {
  const { place, digest, location, noted, owner } = entry ?? {}
  const isText = [place, digest, location].every(one => typeof one === 'string')
  return isText && isPlain(location!) && Math.abs(Date.now() - (noted ?? 0)) < DAY_MS && typeof owner?.pid === 'number'
}

function write(images: Images, uploads: readonly Entry[]): void {
  if (uploads.length === 0) fs.rmSync(fileOf(images), { force: true })
  else writeAtomically(fileOf(images), JSON.stringify({ version: 1, uploads: uploads.slice(0, MOST) }))
}

/** Whatever the disk says: the next push begins a blob anew, and that is all. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
