import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { filesBelow, readSource } from '#support/repository'
import { parsePage } from '#support/site/markdown'
import { parityErrors, rules } from '#support/site/parity'
import { isPending, pagesToCome } from '#support/site/pending'

const pages = filesBelow('site', '.md').filter(page => !page.startsWith('site/zh/'))
/** Notes of decisions are English in both. */
const isNote = (page: string): boolean => /^site\/about\/decisions\/\d/.test(page)
const pairs: readonly (readonly [english: string, chinese: string])[] = [
  ...pages.filter(page => !isNote(page)).map(page => [page, page.replace('site/', 'site/zh/')] as const),
  ...filesBelow('labs', 'task.md', 'hints.md').map(page => [page, page.replace(/\.md$/, '.zh.md')] as const),
]
const chinese = new Set([...filesBelow('site/zh', '.md'), ...filesBelow('labs', '.zh.md')])
chinese.delete('site/zh/about/decisions/[note].md')

test('every page is there in Chinese when it is not said to be pending', () => {
  const missing = pairs.filter(([page, other]) => !chinese.has(other) && !isPending(page))
  assert.equal(
    missing.map(([page]) => page),
    [],
  )
})

test('a page is not said to be pending when it is there', () => {
  const done = pairs.filter(([page, other]) => chinese.has(other) && pagesToCome.includes(page))
  assert.equal(
    done.map(([page]) => page),
    [],
  )
})

test('no Chinese page stands alone when the trees are compared', () => {
  const known = new Set(pairs.map(([, other]) => other))
  assert.equal(
    [...chinese].filter(page => !known.has(page)),
    [],
  )
})

test('a translated page is the same page when it is compared block by block', () => {
  const { frontmatter, ...others } = rules
  // the home page cannot link to what is not there yet
  const chosen = Object.values(pagesToCome.length === 0 ? { ...others, frontmatter } : others)
  const wrong = pairs.flatMap(([page, other]) =>
    chinese.has(other)
      ? parityErrors(readSource(page), readSource(other), chosen).map(error => `${other}: ${error}`)
      : [],
  )
  assert.equal(wrong, [])
})

const english = `---
title: a
---

# One

Some words that are long enough to be seen.

## Two {#two}

<Quiz name="ch1" />

<<< ../chapters/a.ts#solution

\`\`\`sh
mini-docker ch1 run   # a jail
\`\`\`

| a | b |
|---|---|
| 1 | 2 |
`
const translation = english
  .replace('# One', '# 一')
  .replace('Some words that are long enough to be seen.', '一些字。')
  .replace('Two', '二')
  .replace('../chapters', '../../chapters')
  .replace('# a jail', '# 一座牢')

test('parityErrors() says nothing when a page is translated well', () => {
  assert.equal(parityErrors(english, translation), [])
})

for (const [name, change, expected] of [
  ['a heading is missing', (text: string) => text.replace('## 二 {#two}\n', ''), /heading 2/],
  ['a heading has another level', (text: string) => text.replace('## 二', '### 二'), /heading 2/],
  ['an anchor is another', (text: string) => text.replace('{#two}', '{#er}'), /heading 2/],
  ['a region is another', (text: string) => text.replace('#solution', '#other'), /code region 1/],
  ['a component is missing', (text: string) => text.replace(/<Quiz.*\n/, ''), /component 1/],
  ['a component has another prop', (text: string) => text.replace('"ch1"', '"ch2"'), /component 1/],
  ['a command is another', (text: string) => text.replace('ch1 run', 'ch2 run'), /code block 1/],
  ['a paragraph is missing', (text: string) => text.replace('一些字。\n', ''), /block 2/],
  ['a row is missing', (text: string) => text.replace('| 1 | 2 |\n', ''), /table of/],
  [
    'a paragraph is the same',
    (text: string) => text.replace('一些字。', 'Some words that are long enough to be seen.'),
    /not translated/,
  ],
  ['the frontmatter lacks a key', (text: string) => text.replace('title: a', 'layout: a'), /frontmatter 1/],
] as const) {
  test(`parityErrors() finds it when ${name}`, () => {
    const changed = change(translation)
    assert.is.not(changed, translation, 'the sample is changed')
    assert.match(parityErrors(english, changed).join('\n'), expected)
  })
}

test('parityErrors() lets names and code stand when they are the same in both', () => {
  const names = '\n### sees-the-root-of-its-own {#ch1-sees-the-root-of-its-own}\n\n`a b c d e f`\n'
  assert.equal(parityErrors(english + names, translation + names), [])
})

test('parityErrors() finds a section without a name when the English page has one', () => {
  assert.match(parityErrors(english.replace(' {#two}', ''), translation).join('\n'), /has no \{#name\}/)
})

test('parityErrors() asks for no other name when a heading is one', () => {
  const page = '# Hints\n\n## 1\n\nOne.\n\n## a-mount-of-its-own\n\nTwo.\n'
  const other = page.replace('Hints', '提示').replace('One.', '一。').replace('Two.', '二。')
  assert.equal(parityErrors(page, other), [])
  assert.match(parityErrors(page, other.replace('## a-mount', '## the-mount')).join('\n'), /heading 3/)
})

test('parityErrors() lets comments be translated when code is the same', () => {
  const page = '```sh\n# be root\nsudo sh # here\n```\n'
  assert.equal(parityErrors(page, page.replace('be root', '当 root').replace('here', '这里')), [])
})

test('parsePage() reads fences, headings and regions when they stand in each other', () => {
  const page = parsePage('# A {#a}\n\n````md\n# no heading\n```sh\nx\n```\n````\n\n<<< @/../core/x.ts#y{1}\n')
  assert.equal(page.headings, [{ level: 1, text: 'A', id: 'a' }])
  assert.is(page.fences.length, 1)
  assert.equal(page.fences[0]!.lines.length, 4)
  assert.equal(page.snippets, ['core/x.ts#y{1}'])
})

test.run()
