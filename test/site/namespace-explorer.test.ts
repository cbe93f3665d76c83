/** The explorer: a print is there for every choice, and is what that choice makes of it. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openTheme, textOf } from '#support/record/rendered'
import { repository } from '#support/repository'
import { aboutToggle } from '../../site/.vitepress/theme/toys/explorer-words.js'
import { type NamespaceData, type Toggle, toggles } from '../../site/.vitepress/theme/toys/namespace-data.js'
import { commandOf, newLines, printsOf } from '../../site/.vitepress/theme/toys/namespaces.js'

const path = `${repository}site/data/namespaces.json`
const data = JSON.parse(fs.readFileSync(path, 'utf8')) as NamespaceData
const without = (...left: Toggle[]): Set<Toggle> => new Set(toggles.filter(one => !left.includes(one)))
const print = (on: ReadonlySet<Toggle>, typed: string): string =>
  printsOf(data, on).find(one => one.typed === typed)!.text

test('the recorded prints are smaller than 80 kB when a page loads them', () => {
  assert.ok(fs.statSync(path).size < 80_000)
  assert.is(data.combinations, 256)
})

test('every one of the 256 choices has all its prints when it is looked up', () => {
  for (let bits = 0; bits < 256; bits++) {
    for (const { typed, text } of printsOf(data, new Set(toggles.filter((_, i) => (bits >> i) & 1)))) {
      assert.ok(text.length > 0, `${typed} of ${bits}`)
    }
  }
})

test('each namespace makes a difference to a print when the others are on', () => {
  for (const toggle of toggles) {
    const [all, less] = [printsOf(data, without()), printsOf(data, without(toggle))]
    assert.ok(
      all.some(({ text }, i) => text !== less[i]!.text),
      toggle,
    )
  }
})

test('ps sees the host without a pid namespace and nothing without a mount namespace', () => {
  assert.match(print(without('user'), 'ps'), /^ +1 root +sh \/bin\/look$/m)
  assert.match(print(without('user', 'pid'), 'ps'), /^ +1 root +sh \/run\/boot$/m)
  assert.match(print(without('pid'), 'ps'), /^ +1 nobody +sh \/run\/boot$/m)
  assert.is(print(without('mount'), 'ps').split('\n').length, 1)
})

test('the namespaces link to the host as often as they are left out when they are listed', () => {
  const lines = print(without('uts', 'ipc'), 'ls -l /proc/self/ns').split('\n')
  assert.is(lines.length, 8)
  assert.equal(
    lines.filter(line => /\[40265318\d\d\]/.test(line)).map(line => line.split(' ').at(-2 - 0)),
    ['->', '->'],
  )
})

test('the command says what is left out when it is written', () => {
  assert.is(commandOf(without('user')), 'mini-docker ch2 run --name box --boottime 86400')
  assert.is(commandOf(without('network', 'time')), 'mini-docker ch2 run --name box --no-time --net host --userns')
})

test('lines that were not there are found when two prints are compared', () => {
  assert.equal([...newLines('a\nb\nb', 'b\nc\nb\nb')], [1, 3])
})

for (const lang of ['en-US', 'zh-CN'] as const) {
  test(`the prints with all eight stand on the page when there is no script (${lang})`, async () => {
    const theme = await openTheme(lang)
    try {
      const html = await theme.render('NamespaceExplorer')
      const text = textOf(html)
      for (const shown of printsOf(data, new Set(toggles))) {
        assert.ok(text.includes(shown.text.replace(/\s+/g, ' ').trim()), shown.typed)
      }
      for (const toggle of toggles)
        assert.ok(text.includes(aboutToggle[toggle].title[lang === 'zh-CN' ? 'zh' : 'en']), toggle)
      assert.is(html.match(/role="switch"/g)?.length, 8)
    } finally {
      await theme.close()
    }
  })
}

test.run()
