/** What stands around the text: search, light and dark, languages, tabs of code, the menus of a phone. */

import type { Locator } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { becomes, inEveryPlace, type Place, textOf } from '#support/site/places'

const pathOf = ({ page }: Place): string => new URL(page.url()).pathname

/** On a phone some of the frame is behind a button. */
async function frame({ page, isPhone }: Place, name: string): Promise<Locator> {
  if (!isPhone) return page.locator(`.VPNavBar${name}`)
  await page.locator('.VPNavBarHamburger').click()
  return page.locator(`.VPNavScreen${name}`)
}

const searches = { en: ['pivot_root', 'namespaces', 'enter-root'], zh: ['挂载', '命名空间', 'pivot_root'] } as const

inEveryPlace('what is looked for is found and opened when it is typed', async place => {
  const { page, language } = place
  for (const words of searches[language]) {
    await place.go('/start')
    await page.locator('.DocSearch-Button').click()
    await page.locator('.search-input').fill(words)
    const result = page.locator('.VPLocalSearchBox .result').first()
    await result.waitFor()
    assert.ok((await textOf(result)).includes(words) || (await result.locator('mark').count()) > 0, words)
    const address = (await result.getAttribute('href'))!
    assert.is(address.startsWith('/zh/'), language === 'zh', address)
    await page.keyboard.press('Enter')
    await page.waitForURL(url => url.pathname + decodeURIComponent(url.hash) === decodeURIComponent(address))
    await becomes(0, () => page.locator('.VPLocalSearchBox').count(), 'the box closes')
    const isThere = async (): Promise<boolean> =>
      (await textOf(page.locator('.vp-doc'))).toLowerCase().includes(words.toLowerCase())
    await becomes(true, isThere, `${words} at ${address}`)
  }
})

inEveryPlace('nothing is found, and said so, when nothing is there', async place => {
  const { page } = place
  await place.go('/start')
  await page.keyboard.press('Control+k')
  await page.locator('.search-input').fill('qqzzxx')
  await page.locator('.no-results').waitFor()
  await page.keyboard.press('Escape')
  await becomes(0, () => page.locator('.VPLocalSearchBox').count(), 'the box closes')
})

inEveryPlace('light becomes dark, and stays so, when it is switched', async place => {
  const { page, view } = place
  await place.go('/ch1')
  const isDark = (): Promise<boolean> => page.evaluate(`document.documentElement.classList.contains('dark')`)
  const ground = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor')
  assert.is(await isDark(), view.dark)
  const before = await ground()
  await (await frame(place, 'Appearance')).locator('.VPSwitchAppearance').click()
  await becomes(!view.dark, isDark, 'switched')
  assert.is.not(await ground(), before)
  await page.reload()
  assert.is(await isDark(), !view.dark, 'after a reload')
})

inEveryPlace('the page is the same one when the language is changed', async place => {
  const { page, language } = place
  for (const address of ['/ch2', '/labs/ch1/enter-root', '/reference/ops']) {
    await place.go(address)
    const menu = await frame(place, 'Translations')
    await menu.locator('button').click()
    await menu.locator('a').click()
    const wanted = language === 'zh' ? address : `/zh${address}`
    await becomes(wanted, async () => pathOf(place), 'address')
    const lang = language === 'zh' ? 'en' : 'zh'
    await becomes(lang, () => page.evaluate('document.documentElement.lang.slice(0, 2)'), 'language of the page')
  }
})

inEveryPlace('the code of a tab is shown when the tab is chosen', async place => {
  const { page } = place
  await place.go('/start')
  const group = page.locator('.vp-code-group').first()
  const tabs = group.locator('.tabs label')
  const blocks = group.locator('.blocks > div')
  const shown = (): Promise<boolean[]> => Promise.all([0, 1].map(i => blocks.nth(i).isVisible()))
  assert.equal(await shown(), [true, false])
  await tabs.nth(1).click()
  await becomes([false, true], shown, 'by the mouse')
  await page.keyboard.press('ArrowLeft')
  await becomes([true, false], shown, 'by the keyboard')
})

inEveryPlace('the contents lead to another page when they are used', async place => {
  const { page, isPhone } = place
  await place.go('/ch1')
  const sidebar = page.locator('.VPSidebar')
  if (isPhone) {
    assert.not(await sidebar.isVisible())
    await page.locator('.VPLocalNav .menu').click()
    await sidebar.waitFor()
  }
  const here = sidebar.locator('[aria-current=page]')
  assert.is(await here.getAttribute('href'), place.addressOf('/ch1'))
  const decisions = sidebar.locator('details').last()
  assert.is(await decisions.getAttribute('open'), null)
  await decisions.locator('summary').click()
  assert.ok(await decisions.locator('a').last().isVisible())
  await sidebar.locator(`a[href="${place.addressOf('/ch2')}"]`).click()
  await becomes(place.addressOf('/ch2'), async () => pathOf(place), 'address')
  await becomes(place.addressOf('/ch2'), () => here.getAttribute('href'), 'where we are')
  if (isPhone) await becomes(false, () => sidebar.isVisible(), 'the contents close')
})

inEveryPlace('the links at the top lead on when they are used', async place => {
  const { page } = place
  await place.go('/start')
  const menu = await frame(place, 'Menu')
  await menu.locator(`a[href="${place.addressOf('/compare')}"]`).click()
  await becomes(place.addressOf('/compare'), async () => pathOf(place), 'address')
  await becomes(0, () => page.locator('.VPNavScreen').count(), 'the menu closes')
})

test.run()
