/**
 * Where a blob is to be had: at its registry; and foreign layers, which their maker alone may hand out (those of Windows), also
 * where their descriptor says. The registry is asked first, as docker does: what may not be copied has often been copied. What a
 * manifest names is a stranger's: it is asked with GET, without credentials, and never by plain HTTP for a registry that has HTTPS.
 * Source: image-spec descriptor.md, "urls"; layer.md, "Non-Distributable Layers"; docker's distribution/pull_v2_windows.go.
 */

import { fail, MiniDockerError } from '#core/errors'
import { shortOf } from '#core/spec/digest'
import type { Descriptor } from '#core/spec/image'
import { pathOf } from '../../protocol/routes.js'
import type { Place } from './fetch-blob.js'

export interface Addresses {
  /** A path of the registry, or a URL. */
  readonly at: string
  /** Goes to the next one. @throws the error where that was the last */
  next(error: unknown): null
}

const MOST = 10

export async function addressesOf(blob: Descriptor, { registry, path, stopped }: Place): Promise<Addresses> {
  const all = [pathOf('blob', path, blob.digest), ...(isForeign(blob) ? await elsewhere(blob, registry) : [])]
  let index = 0
  return {
    get at() {
      return all[index]!
    },
    next(error) {
      if (stopped.aborted || !isForeign(blob) || !(error instanceof MiniDockerError)) throw error
      index++
      if (index < all.length) return null
      const hosts = [...new Set(all.slice(1).map(one => new URL(one).host))].join(', ')
      return fail('NotFound', {
        what: `foreign layer '${shortOf(blob.digest)}'`,
        why: `${registry.domain} has it not, and ${hosts === '' ? 'its manifest says no address' : `nor has ${hosts}`}`,
        hint: 'only its maker may hand it out; images of Windows, which have such layers, do not run here',
        cause: error,
      })
    },
  }
}

export const isForeign = ({ mediaType }: Descriptor): boolean => /\.foreign\.|nondistributable/.test(mediaType)

async function elsewhere({ urls = [] }: Descriptor, { isSecure }: Place['registry']): Promise<string[]> {
  const schemes = (await isSecure()) ? ['https:'] : ['https:', 'http:']
  const isFine = (url: unknown): url is string => {
    if (typeof url !== 'string' || !URL.canParse(url)) return false
    const { protocol, username, password } = new URL(url)
    return schemes.includes(protocol) && username === '' && password === ''
  }
  return Array.isArray(urls) ? urls.filter(isFine).slice(0, MOST) : []
}
