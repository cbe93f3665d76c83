/** The commands that pages tell a reader to type: which there are, what each needs, and how it is run. */

import { parsePage } from './markdown.js'

export interface Command {
  /** As it is typed, comment and `&` taken off. */
  readonly line: string
  readonly background: boolean
}
/** The commands of one block run one after the other, in one world. */
export interface Script {
  readonly page: string
  readonly at: number
  readonly commands: readonly Command[]
  /** Of the last command; the others end with 0. */
  readonly exit: number
}
export interface Found {
  readonly scripts: readonly Script[]
  /** Blocks that are marked `illustrative`: not run, and counted. */
  readonly illustrative: number
  /** Blocks that can be neither run nor left out as they stand, as `page:line: why`. */
  readonly errors: readonly string[]
}

const ours = /^(?:\$ )?(?:npx )?mini-docker(?=\s|$)/
/** They write the learner's files into the checkout. */
const writes = /^mini-docker lab (?!list|lint|status)\S|\s--lab\b/

export function commandsOf(page: string, source: string): Found {
  const scripts: Script[] = []
  const errors: string[] = []
  let illustrative = 0
  for (const { info, lines, at } of parsePage(source).fences) {
    const [language, ...words] = info
      .replace(/\[.*\]/, '')
      .trim()
      .split(/\s+/)
    if (language !== 'sh') continue
    if (words.includes('illustrative')) {
      illustrative++
      continue
    }
    const commands = lines.map(line => line.trim()).flatMap((line): Command[] => (ours.test(line) ? [parse(line)] : []))
    const [, exit = '0'] = /\bexit=(\d+)/.exec(info) ?? []
    errors.push(
      ...lines.flatMap((line, i) => (/[\\]$/.test(line.trim()) ? [`${page}:${at + i}: goes on in the next line`] : [])),
      ...commands.flatMap(({ line }) =>
        writes.test(line) ? [`${page}:${at}: '${line}' writes: mark it illustrative`] : [],
      ),
    )
    if (commands.length > 0) scripts.push({ page, at, commands, exit: Number(exit) })
  }
  return { scripts, illustrative, errors }
}

function parse(typed: string): Command {
  const line = withoutComment(typed.replace(ours, 'mini-docker'))
  const background = /[^&]&$/.test(line)
  return { line: background ? line.slice(0, -1).trim() : line, background }
}

/** A `#` after a blank begins one, unless it stands between quotes. */
function withoutComment(line: string): string {
  let quote = ''
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!
    if (quote !== '') quote = c === quote ? '' : quote
    else if (c === "'" || c === '"') quote = c
    else if (c === '#' && /\s/.test(line[i - 1] ?? ' ')) return line.slice(0, i).trim()
  }
  return line.trim()
}

/** What a command wants of the machine; names as in test/support/needs. */
export function needsOf({ line }: Command): string[] {
  // its exit code says whether every chapter can be run, and ch1 is for root
  if (line === 'mini-docker doctor') return ['linux', 'root']
  // a cable of its own is root's to lay: anyone else is refused, when planning too
  if (/\s--net-rate-/.test(line) && !performs({ line })) return ['linux', 'root']
  if (!performs({ line })) return []
  const [, chapter] = /^mini-docker (ch\d) /.exec(line) ?? []
  return [
    'linux',
    ...(chapter === 'ch1' ? ['root'] : ['user namespaces', 'native']),
    ...(chapter !== undefined && chapter >= 'ch3' ? ['root', 'cgroups'] : []),
    ...(chapter !== undefined && chapter >= 'ch4' ? ['overlay'] : []),
    ...(wantsNetwork({ line }) ? ['root', 'ip', 'nft', 'unshare', 'nsenter', 'setpriv', 'busybox'] : []),
    ...(/\s--net-rate-/.test(line) ? ['tc'] : []),
    ...(wantsTerminal({ line }) ? ['setsid'] : []),
  ]
}

const performs = ({ line }: Pick<Command, 'line'>): boolean =>
  /^mini-docker ch\d /.test(line) && !/\s--(explain|help)\b|\s-h\b|--executor[= ]dry/.test(line)

/** A shell that is asked for without a command to run, or a terminal by name. */
export const wantsTerminal = ({ line }: Pick<Command, 'line'>): boolean => /\s-(?:it|ti|t)\b|\s--tty\b/.test(line)

export const wantsNetwork = ({ line }: Pick<Command, 'line'>): boolean =>
  performs({ line }) && /\s--net[= ]bridge\b/.test(line)

/** The name under which a container in the background is found, once it is there. */
export const nameOf = ({ line }: Pick<Command, 'line'>): string | undefined => /\s--name[= ](\S+)/.exec(line)?.[1]
