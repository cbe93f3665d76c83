/** What an image is made of, as far as documents say that are known: pure. */

import type { Upload } from '#chapters/ch5-registry/client/transfer/upload'
import type { Descriptor } from '#core/spec/image'
import type { Scene } from './registry-data.js'

export interface Part {
  readonly kind: 'index' | 'manifest' | 'config' | 'layer'
  readonly digest: string
  /** Bytes, 0 where nobody has said. */
  readonly size: number
  readonly depth: number
  /** Bytes that have come, or that the registry has. */
  readonly have: number
  /** named: known by its digest alone; elsewhere: of another platform; was: there before; other: its bytes have another digest. */
  readonly state: 'named' | 'part' | 'whole' | 'elsewhere' | 'was' | 'mounted' | 'other'
  /** linux/arm64 */
  readonly platform?: string
  readonly upload?: Upload
}

export interface Known {
  readonly scene: Scene
  readonly documents: Map<string, string>
  readonly have: Map<string, number>
  readonly uploads: Map<string, Upload>
  readonly top: string | null
}

interface Document {
  readonly mediaType?: string
  readonly manifests?: readonly Descriptor[]
  readonly config?: Descriptor
  readonly layers?: readonly Descriptor[]
}

const isPush = ({ name }: Scene): boolean => name.startsWith('push')

/** A client that has documents knows them when their name is said. */
export function take(known: Known, top: string): void {
  const [first, ...others] = known.scene.here
  if (first === undefined || isPush(known.scene)) return
  known.documents.set(top, first)
  const digests = [top]
  for (const text of others) {
    const parent = JSON.parse(known.documents.get(digests.at(-1)!)!) as Document
    const child = parent.manifests?.[0] ?? parent.config
    if (child === undefined) return
    digests.push(child.digest)
    known.documents.set(child.digest, text)
  }
}

export function partsOf(known: Known): Part[] {
  if (known.top === null) return []
  const text = known.documents.get(known.top)
  const document = text === undefined ? null : (JSON.parse(text) as Document)
  const isIndex = document?.manifests !== undefined
  const size = text === undefined ? 0 : new TextEncoder().encode(text).length
  const top = partOf(
    known,
    { digest: known.top, size, mediaType: document?.mediaType ?? '' },
    isIndex || document === null ? 'index' : 'manifest',
    0,
  )
  return [top, ...below(known, document, 1)]
}

function below(known: Known, document: Document | null, depth: number): Part[] {
  if (document === null) return []
  const children = (document.manifests ?? []).flatMap((one, i) => {
    const text = known.documents.get(one.digest)
    const inside = text === undefined ? [] : below(known, JSON.parse(text) as Document, depth + 1)
    const { os = '', architecture = '' } = one.platform ?? {}
    const part = partOf(known, one, 'manifest', depth)
    const chosen = i === 0 ? part : { ...part, state: 'elsewhere' as const }
    return [{ ...chosen, platform: `${os}/${architecture}` }, ...inside]
  })
  const config = document.config === undefined ? [] : [partOf(known, document.config, 'config', depth)]
  return [...children, ...config, ...(document.layers ?? []).map(layer => partOf(known, layer, 'layer', depth))]
}

function partOf(known: Known, { digest, size }: Descriptor, kind: Part['kind'], depth: number): Part {
  const have = known.have.get(digest) ?? 0
  const upload = known.uploads.get(digest)
  const part = { kind, digest, size, depth, have: Math.max(0, have), ...(upload && { upload }) }
  if (have < 0) return { ...part, state: 'other' }
  if (upload?.at === 'done' && upload.how === 'exists') return { ...part, state: 'was' }
  if (upload?.at === 'done' && upload.how === 'mounted') return { ...part, state: 'mounted' }
  if (upload !== undefined && upload.at !== 'done') return { ...part, state: have > 0 ? 'part' : 'named' }
  if (have > 0) return { ...part, state: have < size ? 'part' : 'whole' }
  if (!isPush(known.scene) && isStored(known, digest, kind, size)) return { ...part, have: size, state: 'was' }
  return { ...part, state: 'named' }
}

/** Of what was here before, a client asks for nothing. */
function isStored({ scene, documents }: Known, digest: string, kind: Part['kind'], size: number): boolean {
  if (scene.here.length === 0 || size === 0) return false
  return kind === 'layer' ? !scene.exchanges.some(({ url }) => url.endsWith(`/blobs/${digest}`)) : documents.has(digest)
}
