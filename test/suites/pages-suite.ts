/** Every page of the built site, as a window of one size has it, light and dark: quiet, still while it comes, no wider than the window, and accessible. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import {
  contextOf,
  darkened,
  launch,
  lookThrough,
  overflowOf,
  scriptBytesOf,
  shiftsOf,
  Tab,
  type View,
  violationsOf,
} from '#support/site/browser'
import { builtPages, serveSite } from '#support/site/serve'

const MOST_SCRIPT = 150_000
const MOST_SHIFT = 0.05
const WORKERS = 2
const isChapter = (page: string): boolean => /^(\/zh)?\/ch\d$/.test(page)

export function pagesSuite(view: View): void {
  needs('chromium')(`every page is in order when it is seen on a ${view.name}, and then by night`, async () => {
    const queue = builtPages()
    assert.ok(queue.length > 60, `${queue.length} pages: npm run site:build`)
    const site = await serveSite()
    const browser = await launch()
    const wrong: string[] = []
    const work = async (): Promise<void> => {
      const tab = await Tab.open(await contextOf(browser, view), site.address)
      for (let page = queue.shift(); page !== undefined; page = queue.shift()) {
        wrong.push(...(await faultsOf(tab, page)).map(fault => `${page}: ${fault}`))
      }
    }
    try {
      await Promise.all(Array.from({ length: WORKERS }, work))
      assert.equal(wrong, [])
    } finally {
      await browser.close()
      site.close()
    }
  })
  test.run()
}

async function faultsOf(tab: Tab, address: string): Promise<string[]> {
  const { page } = tab
  await page.emulateMedia({ colorScheme: 'light' })
  await tab.visit(address)
  await lookThrough(page)
  const shifts = await shiftsOf(page)
  const script = await scriptBytesOf(page)
  const overflow = await overflowOf(page)
  const violations = await violationsOf(page)
  // the same page in other colours: what can be wrong with it then has to do with them
  await page.emulateMedia({ colorScheme: 'dark' })
  await darkened(page)
  const byNight = await violationsOf(page, ['color-contrast', 'link-in-text-block'])
  return [
    ...tab.complaints(),
    ...violations,
    ...byNight.map(violation => `dark: ${violation}`),
    ...overflow.map(element => `${element} sticks out`),
    ...(shifts.sum < MOST_SHIFT ? [] : [`moves by ${shifts.sum.toFixed(3)} while it comes: ${shifts.what}`]),
    ...(isChapter(address) && script > MOST_SCRIPT ? [`${script} bytes of script`] : []),
  ]
}
