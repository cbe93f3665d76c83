/** Where a line may break, and where not: browsers would break `--net` after its hyphens, and no path at its slashes. */

import type { MarkdownOptions } from 'vitepress'

const SHORT = 22
type Markdown = Parameters<NonNullable<MarkdownOptions['config']>>[0]

export function breakWell(md: Markdown): void {
  const { code_inline: code, text } = md.renderer.rules
  md.renderer.rules.code_inline = (tokens, i, options, env, self) => {
    const token = tokens[i]!
    const isShort = token.content.length <= SHORT
    if (isShort) token.attrJoin('class', 'short')
    const html = code!(tokens, i, options, env, self)
    if (isShort) return html
    const [, before, inside, after] = /^(<[^>]*>)([\s\S]*)(<\/code>)$/.exec(html) ?? []
    return inside === undefined ? html : `${before}${inside.replace(/[\w)](?:\/|\||_)(?=\w)/g, '$&<wbr>')}${after}`
  }
  md.renderer.rules.text = (tokens, i, options, env, self) =>
    text!(tokens, i, options, env, self).replaceAll(' · ', '\u00a0· ')
}
