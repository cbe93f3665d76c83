/** ch5's transport, which takes down what went and what came; with names for what is another in each run. */

import { createHash } from 'node:crypto'
import type { Answer, Ask } from '#chapters/ch5-registry/client/http/exchange'
import { Transport } from '#chapters/ch5-registry/client/http/transport'
import { type Exchange, host } from '../../../site/.vitepress/theme/toys/registry-data.js'

type Taken = { -readonly [Key in keyof Exchange]: Exchange[Key] }

const asked = ['accept', 'authorization', 'range', 'content-range', 'content-type', 'content-length']
const answered = [
  ...['www-authenticate', 'docker-content-digest', 'content-type', 'content-length', 'content-range'],
  ...['location', 'range', 'oci-chunk-min-length'],
]
const DOCUMENT_MAX = 64 << 10

export class RecordingTransport extends Transport {
  readonly exchanges: Exchange[] = []
  readonly #at: string
  readonly #names = new Map<string, string>()

  constructor(at: string) {
    super()
    this.#at = at
  }

  override async send(ask: Ask): Promise<Answer> {
    const { pathname } = new URL(ask.url)
    // which of its addresses answers: a question for this machine's own alone
    if (pathname === '/v2/') return super.send(ask)
    const taken: Taken = {
      method: ask.method,
      url: this.named(ask.url),
      ask: this.#chosen(ask.headers, asked),
      status: null,
      answer: {},
      got: 0,
    }
    this.exchanges.push(taken)
    const answer = await super.send(ask)
    taken.status = answer.status
    if (pathname === '/token') {
      const bytes = await answer.read(DOCUMENT_MAX)
      const { token, expires_in } = JSON.parse(bytes.toString()) as { token: string; expires_in: number }
      this.#names.set(token, `token-${this.#count('token-') + 1}`)
      taken.body = this.named(JSON.stringify({ token, expires_in }))
      taken.got = taken.body.length
      return { ...answer, read: async () => bytes, drop: async () => undefined }
    }
    const [, upload] = /\/blobs\/uploads\/([\w-]+)/.exec(answer.headers.location ?? '') ?? []
    if (upload !== undefined && !this.#names.has(upload))
      this.#names.set(upload, `upload-${this.#count('upload-') + 1}`)
    taken.answer = this.#chosen(answer.headers, answered)
    const keep = (bytes: Buffer): void => {
      taken.got = bytes.length
      taken.digest = digestOf(bytes)
      if (/json/.test(answer.headers['content-type'] ?? '')) taken.body = bytes.toString()
    }
    return {
      ...answer,
      read: async limit => {
        const bytes = await answer.read(limit)
        keep(bytes)
        return bytes
      },
      body: kept(answer.body, taken),
    }
  }

  /** What is another in each run by its name. */
  named(text: string): string {
    const pairs = [[`http://${this.#at}`, `https://${host}`], [this.#at, host], ...this.#names] as const
    return pairs.reduce((whole, [from, to]) => whole.replaceAll(from, to), text)
  }

  #count(prefix: string): number {
    return [...this.#names.values()].filter(name => name.startsWith(prefix)).length
  }

  #chosen(headers: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
    return Object.fromEntries(
      names.flatMap(name => (headers[name] === undefined ? [] : [[name, this.named(headers[name])]])),
    )
  }
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

async function* kept(body: AsyncIterable<Uint8Array>, taken: Taken): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256')
  const start: Uint8Array[] = []
  try {
    for await (const chunk of body) {
      hash.update(chunk)
      taken.got += chunk.length
      if (taken.got <= DOCUMENT_MAX) start.push(chunk)
      yield chunk
    }
  } catch (error) {
    taken.cut = true
    throw error
  }
  taken.digest = `sha256:${hash.digest('hex')}`
  const text = Buffer.concat(start).toString()
  if (taken.got <= DOCUMENT_MAX && text.startsWith('{')) taken.body = text
}
