/** llms.txt (llmstxt.org): the whole book on one page of links, for programs that read. */

import * as fs from 'node:fs'
import type { SiteConfig } from 'vitepress'
import { siteUrl } from './repository.js'

/** The title and the first paragraph of a page; pages of the home layout say both in their frontmatter. */
export function summaryOf(source: string): { readonly title: string; readonly about: string } {
  const [, front = ''] = /^---\n([\s\S]*?)\n---\n/.exec(source) ?? []
  const body = source.replace(/^---\n[\s\S]*?\n---\n/, '').replace(/<script[\s\S]*?<\/script>/g, '')
  const inFront = (name: string): string | undefined => new RegExp(`^\\s*${name}: (.*)$`, 'm').exec(front)?.[1]
  const title = /^# (.+?)(?:\s*\{#.*\})?$/m.exec(body)?.[1] ?? inFront('text') ?? inFront('title') ?? ''
  const paragraph = body
    .split(/\n{2,}/)
    .map(block => block.trim())
    .find(block => /^[\p{L}*`[“"]/u.test(block) && !block.startsWith('<'))
  const about = (paragraph ?? inFront('tagline') ?? '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/\s+/g, ' ')
  return { title: title.replaceAll('`', ''), about }
}

export function writeLlms(config: SiteConfig): void {
  const contents = new Map(config.dynamicRoutes.routes.map(route => [route.path, route.content ?? '']))
  const lineOf = (page: string): string => {
    const source = contents.get(page) ?? fs.readFileSync(`${config.srcDir}/${page}`, 'utf8')
    const { title, about } = summaryOf(source)
    const link = new URL(page.replace(/(^|\/)index\.md$|\.md$/, '$1'), siteUrl)
    return `- [${title}](${link})${about === '' ? '' : `: ${about}`}`
  }
  const of = (match: (page: string) => boolean): string => config.pages.filter(match).map(lineOf).join('\n')
  const isChinese = (page: string): boolean => page.startsWith('zh/')
  const isOf = (folder: string) => (page: string) => page.startsWith(`${folder}/`)
  const folders = ['labs', 'reference', 'about']
  const text = [
    '# mini-docker\n',
    `> ${config.site.description}\n`,
    '## Book\n',
    `${of(page => !isChinese(page) && !folders.some(folder => isOf(folder)(page)))}\n`,
    ...folders.flatMap(folder => [`## ${folder[0]!.toUpperCase()}${folder.slice(1)}\n`, `${of(isOf(folder))}\n`]),
    '## 简体中文\n',
    of(isChinese),
  ]
  fs.writeFileSync(`${config.outDir}/llms.txt`, `${text.join('\n')}\n`)
}
