/** A function of the client that was asked, as a line of code: pure. */

export interface Asked {
  readonly name: string
  readonly file: string
  /** `pieceOf({ status: 206 }, 512, 1024)` */
  readonly call: string
  /** What it said: `{ kind: 'append' }` */
  readonly result: string
}

const client = 'chapters/ch5-registry/client'
const files = {
  afterAnswer: `${client}/auth/after-answer.ts`,
  grantIn: `${client}/auth/after-answer.ts`,
  headManifest: `${client}/image/manifest.ts`,
  getManifest: `${client}/image/manifest.ts`,
  pieceOf: `${client}/transfer/after-piece.ts`,
  fetchBlob: `${client}/transfer/fetch-blob.ts`,
  afterUpload: `${client}/transfer/after-upload.ts`,
  sendManifest: `${client}/image/send-manifest.ts`,
} as const
type Name = keyof typeof files

export const asked = (name: Name, call: readonly unknown[], result: unknown): Asked => ({
  name,
  file: files[name],
  call: `${name}(${call.map(one => (variables.has(one) ? one : codeOf(one))).join(', ')})`,
  result: codeOf(result),
})

/** As it would stand in a source: no quotes around keys, digests short. */
const codeOf = (value: unknown): string =>
  JSON.stringify(value, null, 1)
    .replace(/\n\s*/g, ' ')
    .replace(/"([a-z]\w*)":/gi, '$1:')
    .replace(/\\"|"/g, quote => (quote === '"' ? "'" : '"'))
    .replace(/(sha256(?::|%3A)[0-9a-f]{8})[0-9a-f]{56}/g, '$1…')

/** What is passed under a name. */
const variables: ReadonlySet<unknown> = new Set(['wish', 'registry', 'body'])
