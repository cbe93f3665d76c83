/** A real browser: Debian's Chromium, driven by playwright-core. Everything it complains of is collected. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { which } from '#core/sys/probe'

export const chromiumPath = which('chromium')

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox', '--disable-dev-shm-usage'] })

export interface View {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly dark: boolean
}

const phone = { width: 360, height: 740 }
const desktop = { width: 1280, height: 900 }

export const views = {
  phoneLight: { name: 'light phone', ...phone, dark: false },
  phoneDark: { name: 'dark phone', ...phone, dark: true },
  desktopLight: { name: 'light desktop', ...desktop, dark: false },
  desktopDark: { name: 'dark desktop', ...desktop, dark: true },
} as const satisfies Readonly<Record<string, View>>

export function contextOf(browser: Browser, { width, height, dark }: View, script = true): Promise<BrowserContext> {
  return browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    javaScriptEnabled: script,
  })
}

/** A tab that goes from page to page, and what they complained of since it was asked last. */
export class Tab {
  readonly page: Page
  readonly #site: string
  #complaints: string[] = []

  private constructor(page: Page, site: string) {
    this.page = page
    this.#site = site
    const complain = (text: string): void => void this.#complaints.push(text)
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') complain(`console: ${message.text()}`)
    })
    page.on('pageerror', error => complain(`exception: ${error.message}`))
    page.on('requestfailed', request => {
      const why = request.failure()?.errorText
      // the page was left before all that it fetched for the next one was there; or it may run no script
      if (why !== 'net::ERR_ABORTED' && why !== 'csp') complain(`${request.url()}: ${why}`)
    })
    page.on('request', request => {
      const url = request.url()
      if (url.startsWith('http') && !url.startsWith(`${site}/`)) complain(`asks ${url}`)
    })
  }

  /** @param site its address, without a slash at the end */
  static async open(context: BrowserContext, site: string): Promise<Tab> {
    const page = await context.newPage()
    await page.addInitScript(watchShifts)
    return new Tab(page, site)
  }

  /** Until the page is alive and has its fonts. */
  async visit(address: string): Promise<void> {
    await this.page.goto(this.#site + address, { waitUntil: 'load' })
    await this.page.waitForFunction(isAlive)
    await this.page.evaluate(settle)
  }

  /** Console errors and warnings, exceptions, failed requests, requests to other hosts. */
  complaints(): string[] {
    const complaints = [...new Set(this.#complaints)]
    this.#complaints = []
    return complaints
  }
}

/* What runs in the page is text here: this program knows no document. */

/** Sums up what moves by itself (web.dev/cls), and keeps what moved most. */
const watchShifts = `
  globalThis.shifts = { sum: 0, most: 0, what: '' }
  new PerformanceObserver(list => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      if (hadRecentInput) continue
      shifts.sum += value
      if (value <= shifts.most) continue
      const where = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(' ')
      const nameOf = node => node?.nodeType === 1 ? node.tagName.toLowerCase() + '.' + node.className : node?.textContent
      shifts.most = value
      shifts.what = sources
        .slice(0, 3)
        .map(({ node, previousRect, currentRect }) => nameOf(node) + ' from ' + where(previousRect) + ' to ' + where(currentRect))
        .join(', ')
    }
  }).observe({ type: 'layout-shift', buffered: true })`

export interface Shifts {
  readonly sum: number
  /** What moved most at once: elements with x, y, width and height. */
  readonly what: string
}
export const shiftsOf = (page: Page): Promise<Shifts> => page.evaluate('globalThis.shifts')

/** `#app` has an application: what the page itself loads lazily may still come. */
const isAlive = `document.querySelector('#app')?.__vue_app__ !== undefined`
const settle =
  'document.fonts.ready.then(() => new Promise(done => requestIdleCallback(() => done(), { timeout: 500 })))'

/** Down the page and up again: what comes to life when it is seen does so, if need be once its code is there. */
export async function lookThrough(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    const frame = () => new Promise(requestAnimationFrame)
    for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight) {
      scrollTo({ top, behavior: 'instant' })
      await frame()
    }
    const still = () => document.querySelector('.toy input:disabled, .toy .poster:disabled')
    for (const end = Date.now() + 10_000; still() !== null && Date.now() < end; await frame()) {
      still().closest('.toy').scrollIntoView({ behavior: 'instant' })
    }
    scrollTo({ top: 0, behavior: 'instant' })
    if (still() !== null) console.error('a toy does not come to life', still().closest('.toy').className)
  })()`)
  await page.evaluate(settle)
}

/** Compressed bytes of the page's own scripts: what is fetched ahead for the next page is none of them. */
export const scriptBytesOf = (page: Page): Promise<number> =>
  page.evaluate(`(() => {
    const ahead = new Set([...document.querySelectorAll('link[rel=prefetch]')].map(({ href }) => href))
    return performance
      .getEntriesByType('resource')
      .filter(({ name }) => name.endsWith('.js') && !ahead.has(name))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)
  })()`)

/** What sticks out, when the page is wider than the window. */
export const overflowOf = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    return [...document.querySelectorAll('body *')]
      .filter(element => element.getBoundingClientRect().right > width + 1)
      .slice(0, 3)
      .map(element => element.tagName.toLowerCase() + '.' + element.className)
  })()`)

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Once the page follows what the reader's system says of colours. */
export async function darkened(page: Page): Promise<void> {
  await page.waitForFunction("document.documentElement.classList.contains('dark')")
  await page.evaluate(settle)
}

/** axe-core's violations, a line each. @param rules all of them, if none is named */
export async function violationsOf(page: Page, rules: readonly string[] = []): Promise<string[]> {
  await page.evaluate(axe)
  const options = { resultTypes: ['violations'], ...(rules.length === 0 ? {} : { runOnly: rules }) }
  const violations = await page.evaluate<Violation[]>(
    `axe.run(${JSON.stringify(options)}).then(({ violations }) => violations)`,
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes
      .slice(0, 3)
      .map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary.replace(/\s+/g, ' ')}`),
  )
}

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[]
}
