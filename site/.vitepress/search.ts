/**
 * What the search finds beside the text of pages: pages whose content comes from code (VitePress would index their empty
 * frames), and labs (whose route has no file of its own). And words of Chinese, which have no blanks between them.
 */

import { createMarkdownRenderer, type MarkdownEnv } from 'vitepress'
import { generatedText } from '../data/generated-text.js'
import { type Lab, type Language, listLabs, repository } from '../data/labs.js'

/** Of VitePress's own markdown-it, whose types are not those of the package's. */
interface Renderer {
  render(source: string, env?: object): string
}
type Section = { anchor: string; titles: string[]; text: string }

const languageOf = (path: string): Language => (path.startsWith('zh/') ? 'zh' : 'en')

export async function renderForSearch(source: string, env: MarkdownEnv, md: Renderer): Promise<string> {
  const html = md.render(source, env)
  if (env.frontmatter?.search === false) return ''
  const path = env.relativePath
  return html + md.render(await generatedText(path.replace(/^zh\//, ''), languageOf(path)), { ...env })
}

let renderer: Promise<Renderer> | undefined

/** Nothing for a page with a file: VitePress does that itself. */
export async function* splitForSearch(file: string, html: string): AsyncGenerator<Section> {
  const lab = labAt(file)
  if (lab === undefined) return yield* sections(html)
  renderer ??= createMarkdownRenderer(`${repository}site`)
  yield* sections(
    (await renderer).render(lab.content, { path: file, relativePath: `labs/${lab.id}.md`, cleanUrls: true }),
  )
}

function labAt(file: string): Lab | undefined {
  const [, language, id] = /\/site\/(zh\/)?labs\/(ch\d\/[\w-]+)\.md$/.exec(file) ?? []
  return id === undefined ? undefined : listLabs(language === undefined ? 'en' : 'zh').find(lab => lab.id === id)
}

const heading = /<h([1-6])[^>]*?\bid="([^"]*)"[^>]*>([\s\S]*?)<\/h\1>/g
const plain = (html: string): string =>
  html
    .replace(/<a class="header-anchor"[\s\S]*?<\/a>/g, '')
    .replace(/<wbr>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim()

/** A section a heading, under the headings above it. */
function* sections(html: string): Generator<Section> {
  const found = [...html.matchAll(heading)]
  const above: string[] = []
  for (const [i, match] of found.entries()) {
    const level = Number(match[1])
    above.length = level - 1
    above[level - 1] = plain(match[3]!)
    const text = plain(html.slice(match.index + match[0].length, found[i + 1]?.index))
    yield { anchor: level === 1 ? '' : match[2]!, titles: above.filter(title => title !== undefined), text }
  }
}

/** Latin words as they stand; of Han, each character and each pair: enough to find 命名空间 by 命名 or by 空间. */
export function tokenize(text: string): string[] {
  const words = text.split(/[\s\p{S}]+|[^\P{P}_]+/u).filter(word => word !== '')
  return words.flatMap(word => {
    if (!/\p{Script=Han}/u.test(word)) return [word]
    return (word.match(/\p{Script=Han}+|\P{Script=Han}+/gu) ?? []).flatMap(run => {
      if (!/\p{Script=Han}/u.test(run)) return [run]
      const characters = [...run]
      return [...characters, ...characters.slice(1).map((character, i) => characters[i] + character)]
    })
  })
}
