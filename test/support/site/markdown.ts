/** A page of the site as its blocks: what the checks of the site ask for. Reads our own Markdown, not every Markdown. */

export interface Heading {
  readonly level: number
  readonly text: string
  /** `{#explicit}` */
  readonly id: string | null
}
export interface Fence {
  /** What follows the marks: `sh illustrative [root]`. */
  readonly info: string
  readonly lines: readonly string[]
  /** Of its first line of code, counted from 1. */
  readonly at: number
}
export type BlockKind =
  | 'heading'
  | 'paragraph'
  | 'list'
  | 'table'
  | 'quote'
  | 'fence'
  | 'snippet'
  | 'component'
  | 'container'
export interface Block {
  readonly kind: BlockKind
  readonly text: string
}
export interface Page {
  readonly headings: readonly Heading[]
  readonly fences: readonly Fence[]
  readonly blocks: readonly Block[]
  /** Targets of `<<<`, the way up to the root taken off. */
  readonly snippets: readonly string[]
  /** `<PlanStepper plan="…" />` as they stand. */
  readonly components: readonly string[]
  readonly frontmatter: string
}

const kinds: readonly (readonly [BlockKind, RegExp])[] = [
  ['heading', /^#{1,6} /],
  ['snippet', /^<<</],
  ['component', /^<\/?[A-Z]/],
  ['container', /^:::/],
  ['table', /^\|/],
  ['quote', /^>/],
  ['list', /^(?:[-*]|\d+\.) /],
]
const kindOf = (line: string): BlockKind => kinds.find(([, form]) => form.test(line))?.[0] ?? 'paragraph'

/** Whether a block of that kind takes in more lines than its first. */
const goesOn: ReadonlySet<BlockKind> = new Set(['paragraph', 'list', 'table', 'quote'])

export function parsePage(source: string): Page {
  const [front = '', frontmatter = ''] = /^---\n([\s\S]*?)\n---\n/.exec(source) ?? []
  const body = source
    .slice(front.length)
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/g, text => text.replace(/[^\n]/g, ''))
  const fences: Fence[] = []
  const blocks: { kind: BlockKind; text: string }[] = []
  const lines = body.split('\n')
  const offset = front.split('\n').length - 1
  let open: { kind: BlockKind; text: string } | null = null
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    const [, marks, info = ''] = /^\s*(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (marks !== undefined) {
      const end = lines.findIndex((later, at) => at > i && later.trim() === marks)
      const code = lines.slice(i + 1, end < 0 ? lines.length : end)
      fences.push({ info: info.trim(), lines: code, at: offset + i + 2 })
      blocks.push({ kind: 'fence', text: code.join('\n') })
      i = end < 0 ? lines.length : end
      open = null
      continue
    }
    if (line.trim() === '') {
      open = null
      continue
    }
    const kind = kindOf(line)
    const continues = open !== null && (kind === open.kind || (kind === 'paragraph' && open.kind !== 'table'))
    if (open !== null && continues && kind !== 'list') open.text += `\n${line}`
    else {
      const block: { kind: BlockKind; text: string } = { kind, text: line }
      blocks.push(block)
      open = goesOn.has(kind) ? block : null
    }
  }
  const headings = blocks.flatMap(({ kind, text }): Heading[] => {
    const [, marks, title = '', id = null] = /^(#+) (.*?)(?:\s*\{#([\w-]+)\})?$/.exec(text) ?? []
    return kind === 'heading' && marks !== undefined ? [{ level: marks.length, text: title, id: id ?? null }] : []
  })
  const prose = blocks.filter(({ kind }) => kind !== 'fence').map(({ text }) => text)
  return {
    headings,
    fences,
    blocks,
    frontmatter,
    snippets: prose.flatMap(text =>
      [...text.matchAll(/^<<<\s+(?:@\/)?(?:\.\.\/)*(\S+)/gm)].map(([, target]) => target!),
    ),
    components: prose.flatMap(text =>
      [...text.matchAll(/<[A-Z]\w*\b[^>]*>/g)].map(([tag]) => tag.replace(/\s+/g, ' ')),
    ),
  }
}
