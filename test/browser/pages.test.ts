import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import { contextOf, launch, overflowOf, shiftOf, views, violationsOf, visit } from '#support/site/browser'
import { builtPages, builtSite, serveSite } from '#support/site/serve'

const MOST_SCRIPT = 150_000
const MOST_SHIFT = 0.05
const isChapter = (page: string): boolean => /^(\/zh)?\/ch\d$/.test(page)

test('the site is built before it is looked at', () => {
  assert.ok(fs.existsSync(`${builtSite}/index.html`), 'npm run site:build')
  assert.ok(builtPages().length > 60, String(builtPages().length))
})

for (const view of views) {
  needs('chromium')(`every page is in order when it is seen on a ${view.name}`, async () => {
    const site = await serveSite()
    const browser = await launch()
    try {
      const queue = builtPages()
      const wrong: string[] = []
      const look = async (): Promise<void> => {
        const context = await contextOf(browser, view)
        for (let page = queue.shift(); page !== undefined; page = queue.shift()) {
          const seen = await visit(context, site.address + page)
          const overflow = await overflowOf(seen.page)
          const shift = await shiftOf(seen.page)
          const violations = await violationsOf(seen.page)
          wrong.push(
            ...[...seen.complaints, ...seen.foreign.map(url => `asks ${url}`), ...violations].map(
              text => `${page}: ${text}`,
            ),
            ...overflow.map(element => `${page}: ${element} sticks out`),
            ...(shift < MOST_SHIFT ? [] : [`${page}: moves by ${shift.toFixed(3)} while it loads`]),
            ...(isChapter(page) && seen.scripts() > MOST_SCRIPT ? [`${page}: ${seen.scripts()} bytes of script`] : []),
          )
          await seen.page.close()
        }
        await context.close()
      }
      await Promise.all([look(), look()])
      assert.equal(wrong, [])
    } finally {
      await browser.close()
      site.close()
    }
  })
}

test.run()
