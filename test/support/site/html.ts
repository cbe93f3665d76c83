/** The built site, read as a browser would follow it: ids, links, what the sidebar leads to. */

import * as fs from 'node:fs'

export interface BuiltPage {
  /** `/reference/ops`, `/` for the home page: with clean addresses, without the base. */
  readonly address: string
  readonly html: string
}

export function readBuilt(directory: string): BuiltPage[] {
  return fs
    .readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.html') && name !== '404.html')
    .sort()
    .map(name => ({
      address: `/${name.replace(/(^|\/)index\.html$|\.html$/, '$1')}`,
      html: fs.readFileSync(`${directory}/${name}`, 'utf8'),
    }))
}

const unescaped = (text: string): string =>
  text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<')

export const idsOf = (html: string): ReadonlySet<string> =>
  new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => unescaped(id!)))

export const linksOf = (html: string): string[] =>
  [...html.matchAll(/<a\s[^>]*?\bhref="([^"]*)"/g)].map(([, href]) => unescaped(href!))

const sidebarOf = (html: string): string => /<aside[^>]*class="VPSidebar"[\s\S]*?<\/aside>/.exec(html)?.[0] ?? ''

/** Links of the site to itself that lead nowhere, as `from → link: why`. @param files what is served beside pages */
export function brokenLinks(pages: readonly BuiltPage[], base: string, files: ReadonlySet<string>): string[] {
  const ids = new Map(pages.map(({ address, html }) => [address, idsOf(html)]))
  return pages.flatMap(({ address, html }) =>
    linksOf(html).flatMap(link => {
      if (/^(https?|mailto):/.test(link)) return []
      const url = new URL(link, `http://site${base.slice(0, -1)}${address}`)
      if (!url.pathname.startsWith(base)) return [`${address} → ${link}: is outside of ${base}`]
      const target = `/${url.pathname.slice(base.length)}`
      const known = ids.get(target) ?? ids.get(target.replace(/\/$/, '')) ?? ids.get(`${target}/`)
      if (known === undefined) return files.has(target) ? [] : [`${address} → ${link}: there is no such page`]
      const anchor = decodeURIComponent(url.hash.slice(1))
      return anchor === '' || known.has(anchor) ? [] : [`${address} → ${link}: the page has no '${anchor}'`]
    }),
  )
}

/** Pages that no sidebar leads to; the home pages have none and need none. */
export function unreachable(pages: readonly BuiltPage[], base: string): string[] {
  const reached = new Set(
    pages.flatMap(({ html }) => linksOf(sidebarOf(html)).map(link => `/${link.slice(base.length)}`.replace(/\/$/, ''))),
  )
  return pages
    .map(({ address }) => address)
    .filter(address => !/^\/(zh\/)?$/.test(address) && !reached.has(address.replace(/\/$/, '')))
}

/** Scripts that a browser fetches before anybody touches the page. */
export const scriptsOf = (html: string): string[] => [
  ...new Set([...html.matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)="([^"]+\.js)"/g)].map(([, file]) => file!)),
]

/** Addresses on other hosts that a page fetches by itself: links that a person may follow are none. */
export const foreignFetches = (html: string): string[] =>
  [...html.matchAll(/<(?!a\b)(\w+)\b[^>]*?\b(?:src|href)="((?:https?:)?\/\/[^"]+)"/g)]
    .filter(([tag]) => !/rel="(canonical|alternate)"/.test(tag))
    .map(([, , address]) => address!)
