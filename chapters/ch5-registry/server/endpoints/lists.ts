/** Lists: repositories, tags, referrers. Source: distribution-spec "Content Discovery"; the catalog is Docker's. */

import { isDigest } from '#core/spec/digest'
import { mediaTypes } from '#core/spec/image'
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

/** Descriptors in an answer: it shall be no larger than a manifest may be. */
const REFERRERS_MAX = 1000

/** Of what is not here, too: referrers may come first. */
export const referrers: Endpoint = async ({ repositories }, { name, reference, query, response }) => {
  if (!isDigest(reference)) refuse('DIGEST_INVALID', { message: 'is no sha256 digest' })
  const { count, last } = pageRequest(query)
  const type = query.get('artifactType')
  const all = await repositories.referrers(name, reference)
  const found = all.filter(({ artifactType }) => type === null || type === '' || artifactType === type)
  const { items, link } = pageOf(
    found,
    { count: Math.min(count, REFERRERS_MAX), last },
    ({ digest }) => digest,
    pathOf('referrers', name, reference),
    type === null || type === '' ? {} : { artifactType: type },
  )
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
