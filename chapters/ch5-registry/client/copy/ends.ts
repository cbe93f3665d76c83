/** What an image is copied from, and to: few methods, so that a place is soon one. The idea is go-containerregistry's. */

import type { Descriptor } from '#core/spec/image'
import type { Document } from '../image/manifest.js'
import type { Reader } from '../transfer/push-blob.js'

export interface Source {
  /** For errors, and for a sink that is given no name: `alpine:3.20`, null when it has none. */
  readonly name: string | null
  /** Which registry and repository: another one there may mount its blobs. */
  readonly at: { readonly domain: string; readonly path: string } | null
  /** What was asked for: a manifest or an index. */
  top(): Promise<Document>
  manifest(descriptor: Descriptor): Promise<Document>
  /** Its bytes, or those from here to there. Who writes them down looks at the digest. */
  reader(blob: Descriptor): Reader
  close(): Promise<void>
}

export interface Sink {
  /** @returns what became of it, in docker's words */
  blob(blob: Descriptor, source: Source, at: (bytes: number) => void): Promise<string>
  /** Below the top one: all that it names is there. */
  manifest(document: Document): Promise<void>
  /** The last: now it has its name. */
  finish(top: Document): Promise<void>
  close(): Promise<void>
}
