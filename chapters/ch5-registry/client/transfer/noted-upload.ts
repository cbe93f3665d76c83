/**
 * An upload that an earlier push left half-way, and where it was noted. A note is a guess: the registry may have forgotten the
 * upload, somebody may have finished it, and what is in it may be another blob's bytes. What that means for a push is decided
 * here; the upload itself is after-upload.ts's, which knows of no notes. Pure.
 */

import { beginUpload, type Upload } from './upload.js'

/** Of one blob, in one repository. None of it fails. */
export interface UploadNote {
  /** From here on it is this push's. null: nothing is noted that could be gone on with */
  take(): string | null
  /** @param location a URL */
  keep(location: string): void
  drop(): void
}

/** `noted`: nobody has said yet that it is there. `found`: the registry has, and what is in it was not sent by this push. */
export type Trust = 'own' | 'noted' | 'found'

export interface Start {
  readonly state: Upload
  readonly trust: Trust
}

export const startOf = (location: string | null): Start =>
  location === null
    ? { state: beginUpload, trust: 'own' }
    : { state: { at: 'ask', restarts: 0, location }, trust: 'noted' }

/** @param state where the upload is after an answer: one that begins anew is this push's own */
export function trustAfter(trust: Trust, state: Upload): Trust {
  if (trust === 'own' || !('location' in state)) return 'own'
  return state.at === 'ask' ? trust : 'found'
}

/**
 * Whether a failure is the note's and not the push's: it begins as if nothing had been noted. An upload that was found and is cut
 * off for long is worth keeping, one that is refused is not: its bytes may be wrong.
 */
export const isNotes = (trust: Trust, failure: 'refused' | 'unreachable'): boolean =>
  trust === 'noted' || (trust === 'found' && failure === 'refused')
