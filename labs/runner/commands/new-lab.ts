/** `lab new`: what an author of a chapter needs to begin a lab. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import type { Flags } from '#core/cli/flags'
import { fail } from '#core/errors'
import { type Lab, labs } from '#labs/index'
import { scaffold } from '#labs/runner/author/scaffold'
import { repository } from '../places.js'
import { labCommand } from './lab-command.js'

export const newLab = labCommand({
  name: 'lab new',
  about:
    'For authors: lay out a lab for a part of a chapter: its texts, a wrong answer, its grader. Overwrites nothing.',
  usage: 'LAB',
  most: 1,
  flags: [
    { name: 'source', value: 'FILE', about: "the chapter's file that holds the part between its marks" },
    { name: 'part', value: 'KEY', about: "the part's key in its chapter's table" },
    { name: 'exports', value: 'A,B', about: 'what an attempt exports, the part first (default: the key)' },
    { name: 'title', value: 'TEXT', about: 'what the lab is called (default: made from its id)' },
  ],
  examples: ['lab new ch3/join --source chapters/ch3-cgroups/join.ts --part join --exports join,limits'],
  async run(flags, [id]) {
    const lab = labFrom(flags, id)
    const files = scaffold(lab)
    const there = Object.keys(files).find(file => fs.existsSync(repository + file))
    if (there !== undefined) fail('AlreadyExists', { what: there, why: 'is there already, nothing was written' })
    for (const [file, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(repository + file), { recursive: true })
      fs.writeFileSync(repository + file, text)
    }
    const { out } = await import('#core/cli/print')
    for (const file of Object.keys(files)) out(`${file}\n`)
    out(`\nto be added to labs/index.ts:\n\n${entryOf(lab)}\nthen: npm run build, mini-docker lab lint ${lab.id}\n`)
    return 0
  },
})

/** @throws MiniDockerError InvalidArgument */
function labFrom(flags: Flags, id: string | undefined): Lab {
  const refuse = (what: string, why: string): never =>
    fail('InvalidArgument', { what, why, hint: 'mini-docker lab new --help' })
  if (id === undefined) return refuse('lab new', 'needs the id of the lab')
  const [, chapter, name] = /^(ch\d)\/([a-z][a-z0-9-]*)$/.exec(id) ?? []
  if (chapter === undefined || name === undefined) return refuse(`lab '${id}'`, "is no id: 'ch3/join'")
  if (labs.some(lab => lab.id === id)) return refuse(`lab '${id}'`, 'is there already')
  const source = path.posix.normalize(flags.one('source') ?? refuse('--source', 'is missing'))
  const part = flags.one('part') ?? refuse('--part', 'is missing')
  if (!source.startsWith(`chapters/${chapter}-`)) refuse(`source '${source}'`, `is no file of ${chapter}`)
  if (!fs.existsSync(repository + source)) refuse(`source '${source}'`, 'does not exist')
  const text = fs.readFileSync(repository + source, 'utf8')
  for (const region of ['part', 'solution']) {
    if (!text.includes(`// #region ${region}`)) refuse(`source '${source}'`, `has no '// #region ${region}'`)
  }
  const [first = '', ...others] = (flags.one('exports') ?? part).split(',').map(one => one.trim())
  for (const one of [first, ...others]) {
    if (!new RegExp(`^export (const|function|async function) ${one}\\b`, 'm').test(text) || one === '')
      refuse(`export '${one}'`, `is none of ${source}`)
  }
  const words = name.replaceAll('-', ' ')
  const title = flags.one('title') ?? words[0]!.toUpperCase() + words.slice(1)
  return { id, title, chapter, part, source, exports: [first, ...others] }
}

const entryOf = ({ chapter, id, title, part, source, exports }: Lab): string => `  {
    ...${chapter},
    id: '${id}',
    title: ${title.includes("'") ? JSON.stringify(title) : `'${title}'`},
    part: '${part}',
    source: '${source}',
    exports: [${exports.map(one => `'${one}'`).join(', ')}],
  },
`
