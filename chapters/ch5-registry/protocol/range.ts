/**
 * Which bytes. An upload's `Content-Range` and `Range` are plain `first-last` (distribution-spec "Pushing a blob in chunks"); a
 * download's are HTTP's, `bytes=first-last` and `bytes first-last/whole` (RFC 9110, 14). Both ends are included.
 */

export interface Span {
  readonly first: number
  readonly last: number
}

const number = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN)

/** Of a byte that may be there: further than the last is as far as any. */
const position = (text: string): number => Math.min(Number(text), Number.MAX_SAFE_INTEGER)

/** `0-1023`, also `bytes=0-1023`, which some clients send; null for what is none. */
export function parseUploadRange(text: string): Span | null {
  const [, first, last] = /^(?:bytes[= ])?(\d+)-(\d+)(?:\/(?:\d+|\*))?$/.exec(text.trim()) ?? []
  if (first === undefined || last === undefined) return null
  const span = { first: number(first), last: number(last) }
  return span.first <= span.last ? span : null
}

/** What an upload that holds `size` bytes says of itself. An empty one has no last byte: `0-0`, as distribution has it. */
export const uploadRange = (size: number): string => `0-${Math.max(0, size - 1)}`

/**
 * The one span that a download asks for. @returns 'whole' where the header is none, or asks for several: a server may ignore it;
 * null where nothing of it is there (416)
 */
export function parseByteRange(header: string | undefined, size: number): Span | 'whole' | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole'
  if (first === '') {
    const suffix = position(last)
    return suffix === 0 || size === 0 ? null : { first: Math.max(0, size - suffix), last: size - 1 }
  }
  const span = { first: position(first), last: last === '' ? size - 1 : Math.min(position(last), size - 1) }
  if (last !== '' && position(last) < span.first) return 'whole' // no range by its own grammar
  return span.first < size ? span : null
}

/** Where the bytes of a 206 lie, null when its header says nothing that can be used. */
export function parseContentRange(header: string | undefined): (Span & { readonly size: number | null }) | null {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header?.trim() ?? '') ?? []
  if (first === undefined || last === undefined) return null
  const span = { first: number(first), last: number(last), size: size === '*' ? null : number(size!) }
  return span.first <= span.last ? span : null
}
