/** The escape room: what was recorded can be chosen and read, and each wall is where the page says. ch7-attacks tries it all again. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { choicesOf } from '#support/attacks/choices'
import { openTheme, textOf } from '#support/record/rendered'
import { repository } from '#support/repository'
import { standing, triesIn, tryOf } from '../../site/.vitepress/theme/toys/escape.js'
import { attackNames, type EscapeData } from '../../site/.vitepress/theme/toys/escape-data.js'
import { escapeWords } from '../../site/.vitepress/theme/toys/escape-words.js'

const data = JSON.parse(fs.readFileSync(`${repository}site/data/escapes.json`, 'utf8')) as EscapeData

test('an attack works without its walls, and with any of them it does not', () => {
  assert.equal(data.attacks.map(({ name }) => name).sort(), [...attackNames].sort())
  for (const attack of data.attacks) {
    for (const without of choicesOf(attack.walls)) {
      const left = new Set(without)
      assert.is(tryOf(attack, left).worked, standing(attack, left).length === 0, `${attack.name} without ${without}`)
    }
    assert.throws(() => tryOf(attack, new Set(['pivot-root', 'seccomp'])), /was not tried/)
  }
  assert.is(triesIn(data), 2 * 11 + 8)
})

test('a wall is built by a file that is there, in its chapter', () => {
  const used = data.attacks.flatMap(({ walls }) => walls)
  assert.equal([...new Set(used)].sort(), Object.keys(data.walls).sort())
  for (const [name, { chapter, file, call }] of Object.entries(data.walls)) {
    assert.ok(fs.existsSync(repository + file), file)
    assert.ok(file.startsWith(`chapters/${chapter}`) || /^(native|core)\//.test(file), `${name}: ${file}`)
    assert.ok(fs.existsSync(`${repository}site/${chapter}.md`) && call.length > 5, name)
  }
})

for (const lang of ['en-US', 'zh-CN'] as const) {
  test(`every attack, with and without each wall, stands on the page when there is no script (${lang})`, async () => {
    const say = escapeWords[lang === 'zh-CN' ? 'zh' : 'en']
    const theme = await openTheme(lang)
    const flat = (text: string): string => text.replace(/\s+/g, ' ')
    try {
      const text = textOf(await theme.render('EscapeRoom'))
      for (const { name, tries, walls } of data.attacks) {
        const { title, about, found } = say.attacks[name]
        for (const part of [title, about, found]) assert.ok(text.includes(flat(part)), `${name}: ${part}`)
        for (const { said } of tries) assert.ok(text.includes(flat(said)), `${name}: ${said}`)
        for (const wall of walls) assert.ok(text.includes(flat(say.wall[wall].about)), wall)
      }
      assert.not(/undefined|NaN|\[object/.test(text))
    } finally {
      await theme.close()
    }
  })
}

test.run()
