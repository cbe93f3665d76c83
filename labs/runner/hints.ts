/** hints.md: three that rise, and some that belong to a check: shown when it is the first that fails. Pure. */

export interface Hints {
  readonly rising: readonly string[]
  readonly byCheck: ReadonlyMap<string, string>
}

export function hintsOf(markdown: string): Hints {
  const sections = markdown.split(/^## /m).slice(1)
  const entries = sections.map(section => {
    const [title, ...body] = section.split('\n')
    return [title!.replace(/`|\{#.*\}/g, '').trim(), body.join('\n').trim()] as const
  })
  return {
    rising: entries.filter(([title]) => /^\d+$/.test(title)).map(([, body]) => body),
    byCheck: new Map(entries.filter(([title]) => !/^\d+$/.test(title))),
  }
}
