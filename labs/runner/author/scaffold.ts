/** The files of a new lab: every heading that lint asks for, and a line in each place that says what belongs there. Pure. */

import type { Lab } from '#labs/index'

const quoted = (text: string): string => `'${text}'`

/** By path from the repository. */
export function scaffold(lab: Lab): Readonly<Record<string, string>> {
  const folder = `labs/${lab.id}`
  return {
    [`${folder}/task.md`]: task(lab),
    [`${folder}/hints.md`]: hints,
    [`${folder}/wrong/first.ts`]: wrong(lab),
    [`test/${folder}.ts`]: grader(lab),
  }
}

const task = ({ id, title, chapter, part }: Lab): string => `# ${title}

(The goal, in one short paragraph.)

## What breaks without it {#breaks}

(What a container shows when the part is missing.)

## What you write {#write}

\`\`\`ts
export const ${part}: Pass = (spec, facts) => [/* yours */]
\`\`\`

(Types by name, with their files; what the arguments hold.)

## Read {#read}

(Man pages with their section, linked; the section of the chapter's page: /${chapter}.)

## Begin {#begin}

\`\`\`sh illustrative
mini-docker lab start ${id}
mini-docker lab watch
mini-docker ${chapter} run --lab
\`\`\`

## What is checked {#checks}

### \`first-check\` {#first-check}

(What it looks at and why; never the answer.)

### \`other-rules\` {#other-rules}

All other rules that every plan obeys hold.
`

const hints = `# Hints

## 1

(Where to look.)

## 2

(What to think of.)

## 3

(The way, but not the words.)

## first-check

(For who fails that check first.)
`

const wrong = ({ part, exports, id }: Lab): string => `/**
 * (What the mistake is, and who makes it, in one sentence.)
 *
 * @rejected first-check
 * @says (words of what was expected or found)
 */

import type { Pass } from '#core/plan/assemble'

export const ${exports[0]}: Pass = () => [
  { op: 'chdir', path: '/${id}', phase: 'pivot', by: '${part}', why: '(a natural mistake)' },
]
${exports
  .slice(1)
  .map(name => `export const ${name} = (): never => { throw new Error('not what this is about') }\n`)
  .join('')}`

const grader = ({ id, part, source }: Lab): string => `/** The grader of ${id}. */

import { parts } from ${quoted(`#chapters/${source.split('/')[1]}/index`)}
import { find } from '#core/plan/query'
import { cannedFacts } from '#core/sys/facts'
import type { Grader } from '#labs/runner/grade/grader'

const facts = cannedFacts.v2
const spec = { ociVersion: '1.2.0', root: { path: '/srv/rootfs' }, process: { args: ['/bin/true'], env: [], cwd: '/', user: { uid: 0, gid: 0 } } }

/** Points of a lab add up to 10; other-rules has one of them. */
export const grader: Grader = {
  lab: '${id}',
  around: parts,
  cases: { plain: { spec, facts } },
  about: ['chroot'],
  checks: [
    {
      id: 'first-check',
      rung: 'plan',
      title: '(what holds when it passes: ${part})',
      points: 9,
      judge({ plan }) {
        const whole = plan('plain')
        const found = find(whole, 'chroot')
        if (found.length === 1) return null
        return {
          expected: '(in the words of who writes an attempt)',
          found: \`\${found.length} of them\`,
          plan: whole,
          rows: found.map(({ index }) => index),
        }
      },
    },
  ],
}
`
