/** All tags of a repository, page after page. Source: distribution-spec "Listing Tags". */

import { fail } from '#core/errors'
import { nextIn } from '../../protocol/link.js'
import { isTag, pathOf } from '../../protocol/routes.js'
import { repositoryScope } from '../../protocol/scope.js'
import type { Registry } from '../http/registry.js'

const PAGE = 1000
const PAGE_MAX = 4 << 20
const PAGES_MAX = 1000

/** @param name for errors */
export async function listTags(registry: Registry, path: string, name: string): Promise<string[]> {
  const about = { what: `repository '${name}'`, domain: registry.domain }
  const needs = [repositoryScope(path, 'pull')]
  const first = `${pathOf('tags', path)}?n=${PAGE}`
  const tags = new Set<string>()
  let next: string | null = first
  for (let pages = 0; next !== null; pages++) {
    if (pages >= PAGES_MAX) fail('FailedPrecondition', { ...about, why: `has more than ${PAGES_MAX} pages of tags` })
    const answer = await registry.want({ method: 'GET', path: next, needs, about }, 200)
    const bytes = await answer.read(PAGE_MAX)
    const before = tags.size
    for (const tag of tagsIn(bytes.toString('utf8'), about)) tags.add(tag)
    const link = nextIn(answer.headers.link)
    const target: URL | null = link === null ? null : new URL(link, answer.url)
    // our own credentials go with it: it stays where it was
    if (target !== null && target.origin !== new URL(answer.url).origin) {
      fail('FailedPrecondition', { ...about, why: `${registry.domain} continues its list at another host` })
    }
    next = target === null || tags.size === before ? null : `${target.pathname}${target.search}`
  }
  return [...tags].sort() // as the specification orders them, and not every registry does
}

function tagsIn(text: string, about: { readonly what: string; readonly domain: string }): string[] {
  try {
    const { tags } = JSON.parse(text) as { tags?: unknown }
    if (tags === null || tags === undefined) return []
    if (Array.isArray(tags)) return tags.filter((tag): tag is string => typeof tag === 'string' && isTag(tag))
  } catch {
    // told below
  }
  return fail('FailedPrecondition', { what: about.what, why: `${about.domain} answers with no list of tags` })
}
