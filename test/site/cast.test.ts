/** Casts: well formed, short, and readable without a player. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openTheme, textOf } from '#support/record/rendered'
import { sessions } from '#support/record/sessions'
import { layOut } from '#support/record/timeline'
import { repository } from '#support/repository'
import type { CastAbout } from '../../site/.vitepress/theme/casts/about.js'
import { clockOf, posterLines } from '../../site/.vitepress/theme/casts/poster.js'

type Event = [at: number, kind: 'o' | 'm', text: string]
const read = (name: string, ending: string): string =>
  fs.readFileSync(`${repository}site/casts/${name}.${ending}`, 'utf8')
const aboutOf = (name: string): CastAbout => JSON.parse(read(name, 'json')) as CastAbout
const linesOf = (name: string): unknown[] =>
  read(name, 'cast')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as unknown)

test('each session has a cast of its size when the site is built', () => {
  for (const { name, rows } of sessions) {
    const [header, ...events] = linesOf(name) as [{ version: number; width: number; height: number }, ...Event[]]
    assert.equal([header.version, header.width, header.height], [2, 100, rows], name)
    assert.ok(rows <= 30, name)
    const moments = events.map(([at]) => at)
    assert.equal(
      moments,
      [...moments].sort((a, b) => a - b),
      `${name}: time goes forward`,
    )
    assert.ok(moments.at(-1)! < 40, `${name}: ${moments.at(-1)} s`)
    const { markers, seconds } = aboutOf(name)
    assert.equal(
      events.filter(([, kind]) => kind === 'm').map(([at, , text]) => [at, text]),
      markers.map(([at, { en }]) => [at, en]),
    )
    assert.ok(markers.length >= 2 && markers.every(([, { zh }]) => zh !== ''), name)
    assert.is(seconds, Math.ceil(moments.at(-1)!))
  }
})

test('what is typed stands in the text when a session is read instead of played', () => {
  for (const { name, typed } of sessions) {
    const { text } = aboutOf(name)
    for (const { type } of typed) assert.ok(text.includes(type), `${name}: ${type}`)
    assert.not.match(text, /\x1b|\r/)
  }
})

test('a session is laid out the same each time when it showed the same', () => {
  const session = {
    name: 'short',
    title: { en: 'Short', zh: '短' },
    user: 'root',
    rows: 30,
    typed: [{ type: 'ls', marker: { en: 'Look', zh: '看' } }],
  } as const
  const shots = [
    { typed: null, shown: '$ ' },
    { typed: 'ls', shown: 'ls\r\n\x1b[1mbin\x1b[0m\r\n$ ' },
  ]
  const { cast, about } = layOut(session, shots, { rows: 30, columns: 100 })
  assert.is(cast, layOut(session, shots, { rows: 30, columns: 100 }).cast)
  const output = cast
    .trim()
    .split('\n')
    .slice(1)
    .map(line => JSON.parse(line) as Event)
  assert.is(
    output
      .filter(([, kind]) => kind === 'o')
      .map(([, , text]) => text)
      .join(''),
    '$ ls\r\n\x1b[1mbin\x1b[0m\r\n$ ',
  )
  assert.is((JSON.parse(about) as CastAbout).text, '$ ls\nbin')
})

test('the poster tells what was typed from what was printed', () => {
  assert.equal(posterLines('$ ls /\nbin\n/ # exit\nmore', 4), [
    { prompt: '$ ', text: 'ls /' },
    { prompt: '', text: 'bin' },
    { prompt: '/ # ', text: 'exit' },
  ])
  assert.equal([5.9, 75.3].map(clockOf), ['0:05', '1:15'])
})

test('title and text stand on the page when there is no script', async () => {
  for (const lang of ['en-US', 'zh-CN'] as const) {
    const theme = await openTheme(lang)
    try {
      const html = await theme.render('Cast', { name: 'ch1-escape' })
      const { title, text } = aboutOf('ch1-escape')
      assert.ok(textOf(html).includes(title[lang === 'zh-CN' ? 'zh' : 'en']))
      assert.ok(textOf(html).includes(text.replace(/\s+/g, ' ')))
      assert.match(html, /<details/)
    } finally {
      await theme.close()
    }
  }
})

test.run()
