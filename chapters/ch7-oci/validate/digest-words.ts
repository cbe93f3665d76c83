/** Digests, base64 and times as the image-spec writes them. Source: descriptor.md "Digests", RFC 4648, RFC 3339. */

import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'

const digits: Readonly<Record<string, number>> = { sha256: 64, sha512: 128, blake3: 64 }

/** Whether a digest of that algorithm has the form that is registered for it; true for one of another algorithm. */
export function wellFormed(algorithm: string, digest: string): boolean {
  if (!digest.startsWith(`${algorithm}:`)) return true
  return new RegExp(`^[a-f0-9]{${digits[algorithm]}}$`).test(digest.slice(algorithm.length + 1))
}

/** Hashes that Node has: not blake3. @returns null for others, or what is no digest */
export const hashFor = (digest: string): ReturnType<typeof createHash> | null => {
  const algorithm = digest.slice(0, digest.indexOf(':'))
  return algorithm === 'sha256' || algorithm === 'sha512' ? createHash(algorithm) : null
}

/** The digest of the bytes by the algorithm of another one; null when we do not have it. */
export function digestOfBytes(like: string, bytes: Uint8Array): string | null {
  const hash = hashFor(like)
  return hash === null ? null : `${like.slice(0, like.indexOf(':'))}:${hash.update(bytes).digest('hex')}`
}

/** @returns null for what is no base64 with its padding */
export function bytesOf(base64: string): Buffer | null {
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString('base64') === base64 ? bytes : null
}

/** RFC 3339, section 5.6: `2015-10-31T22:22:56.015925234Z`. */
export function isTime(text: string): boolean {
  const parts = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/.exec(text)
  if (parts === null) return false
  const [, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zoneHour = 0, zoneMinute = 0] = parts.map(
    part => (part === undefined ? 0 : Number(part)),
  )
  const lastDay = [
    31,
    year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28,
    31,
    30,
    31,
    30,
    31,
    31,
    30,
    31,
    30,
    31,
  ]
  const isDay = day >= 1 && day <= (lastDay[month - 1] ?? 0)
  return isDay && hour < 24 && minute < 60 && second <= 60 && zoneHour < 24 && zoneMinute < 60
}
