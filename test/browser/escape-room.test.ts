/** The escape room: each attack is chosen, its walls are taken away and put back, and the page says what was recorded. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { choicesOf } from '#support/attacks/choices'
import { repository } from '#support/repository'
import { alive, becomes, inEveryPlace, textOf } from '#support/site/places'
import { tryOf } from '../../site/.vitepress/theme/toys/escape.js'
import type { EscapeData } from '../../site/.vitepress/theme/toys/escape-data.js'
import { escapeWords } from '../../site/.vitepress/theme/toys/escape-words.js'

const data = JSON.parse(fs.readFileSync(`${repository}site/data/escapes.json`, 'utf8')) as EscapeData

inEveryPlace('an attack shows what came of it when walls are taken away', async place => {
  await place.go('/ch7')
  const toy = await alive(place.page.locator('.escape-room'))
  const say = escapeWords[place.language]
  for (const [i, attack] of data.attacks.entries()) {
    await toy.locator('.attacks label').nth(i).click()
    assert.is(await toy.locator('.wall').count(), attack.walls.length)
    assert.ok((await textOf(toy.locator('.terminal'))).includes(attack.script.split('\n')[0]!))
    for (const without of choicesOf(attack.walls)) {
      for (const wall of attack.walls) {
        const box = toy.getByRole('checkbox', { name: say.wall[wall].title, exact: true })
        if ((await box.isChecked()) === without.includes(wall)) await box.press('Space')
      }
      const { worked, said } = tryOf(attack, new Set(without))
      await becomes(worked, async () => (await textOf(toy.locator('.verdict strong'))) === say.out, attack.name)
      const printed = said === '' ? say.nothingPrinted : said.replace(/\s+/g, ' ')
      assert.ok((await textOf(toy.locator('.terminal'))).endsWith(printed), `${attack.name}: ${printed}`)
      if (worked) assert.ok((await textOf(toy.locator('.verdict'))).includes(say.attacks[attack.name].found))
    }
  }
})

inEveryPlace('an attack begins with all walls when it is chosen by arrow keys', async place => {
  await place.go('/ch7')
  const toy = await alive(place.page.locator('.escape-room'))
  const say = escapeWords[place.language]
  await toy.locator('.wall input').first().uncheck()
  await toy.locator('.attacks input').first().press('ArrowDown')
  await becomes(say.attacks[data.attacks[1]!.name].about, () => textOf(toy.locator('.about')), 'the second')
  assert.is(await textOf(toy.locator('.verdict strong')), say.stopped)
  assert.ok(await toy.locator('.wall input').first().isChecked())
})

test.run()
