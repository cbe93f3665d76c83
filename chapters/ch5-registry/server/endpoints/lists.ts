/** Lists: repositories, tags, referrers. Source: distribution-spec "Content Discovery"; the catalog is Docker's. */

import { isDigest } from '#core/spec/digest'
import { type Descriptor, mediaTypes } from '#core/spec/image'
import { nextLink } from '../../protocol/link.js'
import { type PageRequest, pageOf, parsePage } from '../../protocol/page.js'
import { pathOf } from '../../protocol/routes.js'
import { sendJson } from '../http/answer.js'
import { refuse } from '../refusal.js'
import type { Endpoint } from '../registry.js'

const self = (name: string): string => name

export const catalog: Endpoint = async ({ repositories }, { access, query, response }) => {
  const page = pageRequest(query)
  const names: string[] = []
  for (const name of await repositories.names()) {
    if (access.may('pull', name) && (await repositories.exists(name))) names.push(name)
  }
  const { items, link } = pageOf(names, page, self, pathOf('catalog'))
  sendJson(response, { repositories: items }, link === null ? {} : { link })
}

export const tags: Endpoint = async ({ repositories }, { name, query, response }) => {
  const page = pageRequest(query)
  if (!(await repositories.exists(name))) refuse('NAME_UNKNOWN', { detail: { name } })
  const { items, link } = pageOf(await repositories.tags(name), page, self, pathOf('tags', name))
  sendJson(response, { name, tags: items }, link === null ? {} : { link })
}

/** Of an answer: it shall be no longer than a manifest may be, whatever annotations its descriptors have. */
const REFERRERS_MAX = 1000
const REFERRERS_BYTES = (4 << 20) - 1024

/** Of what is not here, too: referrers may come first. */
export const referrers: Endpoint = async ({ repositories }, { name, reference, query, response }) => {
  if (!isDigest(reference)) refuse('DIGEST_INVALID', { message: 'is no sha256 digest' })
  const { count, last } = pageRequest(query)
  const type = query.get('artifactType')
  const items: Descriptor[] = []
  let link: string | null = null
  let bytes = 0
  for await (const one of repositories.referrers(name, reference, last)) {
    if (type !== null && type !== '' && one.artifactType !== type) continue
    bytes += Buffer.byteLength(JSON.stringify(one)) + 1
    const end = items.at(-1)
    if (items.length >= Math.min(count, REFERRERS_MAX) || (end !== undefined && bytes > REFERRERS_BYTES)) {
      const next = new URLSearchParams({
        ...(type && { artifactType: type }),
        n: String(count),
        last: end?.digest ?? '',
      })
      if (end !== undefined) link = nextLink(`${pathOf('referrers', name, reference)}?${next}`)
      break
    }
    items.push(one)
  }
  sendJson(
    response,
    { schemaVersion: 2, mediaType: mediaTypes.index, manifests: items },
    {
      'content-type': mediaTypes.index,
      ...(type === null || type === '' ? {} : { 'oci-filters-applied': 'artifactType' }),
      ...(link === null ? {} : { link }),
    },
  )
}

const pageRequest = (query: URLSearchParams): PageRequest => parsePage(query) ?? refuse('PAGINATION_NUMBER_INVALID')
