/** Where a reader may be: either language, on a phone or at a desk. What is driven there must leave no complaint. */

import type { Browser, Locator, Page } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import { contextOf, launch, Tab, type View, views } from './browser.js'
import { type Served, serveSite } from './serve.js'

export type Language = 'en' | 'zh'

export interface Place {
  readonly language: Language
  readonly view: View
  readonly isPhone: boolean
  readonly page: Page
  /** To an English page's address, or to its translation's. */
  go(address: string): Promise<void>
  /** What stands at that address in this language. */
  addressOf(address: string): string
}

const languages: readonly Language[] = ['en', 'zh']
let browser: Browser | undefined
let site: Served | undefined

/** One test a place, each with a browser's store of its own. @param script whether pages may run any */
export function inEveryPlace(name: string, body: (place: Place) => Promise<void>, script = true): void {
  for (const language of languages) {
    for (const view of [views.phoneLight, views.desktopDark]) {
      needs('chromium')(`${name} (${language}, ${view.name})`, async () => {
        site ??= await serveSite()
        browser ??= await launch()
        const context = await contextOf(browser, view, script)
        const tab = await Tab.open(context, site.address)
        const addressOf = (address: string): string => (language === 'zh' ? `/zh${address}` : address)
        const go = async (address: string): Promise<void> => {
          if (script) await tab.visit(addressOf(address))
          else await tab.page.goto(site!.address + addressOf(address))
        }
        try {
          await body({ language, view, isPhone: view.width < 640, page: tab.page, go, addressOf })
          assert.equal(tab.complaints(), [])
        } finally {
          await context.close()
        }
      })
    }
  }
}

test.after(async () => {
  await browser?.close()
  site?.close()
})

/** A toy comes to life when it is seen. */
export async function alive(toy: Locator): Promise<Locator> {
  await toy.scrollIntoViewIfNeeded()
  await toy.locator('input:enabled, .poster:enabled').first().waitFor({ state: 'attached' })
  return toy
}

/** Until a value is what it should be; what it was last is said when it never is. */
export async function becomes<T>(wanted: T, read: () => Promise<T>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  let value = await read()
  while (JSON.stringify(value) !== JSON.stringify(wanted) && Date.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 50))
    value = await read()
  }
  assert.equal(value, wanted, what)
}

/** As it stands there, blanks aside. */
export const textOf = async (locator: Locator): Promise<string> =>
  ((await locator.textContent()) ?? '').replace(/\s+/g, ' ').trim()
