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

export const views: readonly View[] = [
  { name: 'phone, light', width: 360, height: 740, dark: false },
  { name: 'phone, dark', width: 360, height: 740, dark: true },
  { name: 'desktop, light', width: 1280, height: 900, dark: false },
  { name: 'desktop, dark', width: 1280, height: 900, dark: true },
]

export interface Visit {
  readonly page: Page
  /** Console errors, exceptions, failed requests. */
  readonly complaints: string[]
  /** Hosts other than ours that were asked for anything. */
  readonly foreign: string[]
  /** Compressed bytes of JavaScript so far. */
  scripts(): number
}

export function contextOf(browser: Browser, { width, height, dark }: View): Promise<BrowserContext> {
  return browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  })
}

export async function visit(context: BrowserContext, address: string): Promise<Visit> {
  const page = await context.newPage()
  const complaints: string[] = []
  const foreign: string[] = []
  let scripts = 0
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', error => complaints.push(`exception: ${error.message}`))
  page.on('requestfailed', request => complaints.push(`${request.url()}: ${request.failure()?.errorText}`))
  page.on('request', request => {
    const { origin, protocol } = new URL(request.url())
    if (protocol.startsWith('http') && origin !== new URL(address).origin) foreign.push(request.url())
  })
  page.on('response', async response => {
    if (!response.headers()['content-type']?.startsWith('text/javascript')) return
    const { responseBodySize } = await response.request().sizes()
    scripts += responseBodySize
  })
  await page.addInitScript(watchShifts)
  await page.goto(address, { waitUntil: 'networkidle' })
  return { page, complaints, foreign, scripts: () => scripts }
}

/* What runs in the page is text here: this program knows no document. */

/** Sums up what moves by itself (web.dev/cls). */
const watchShifts = `
  globalThis.shifted = 0
  new PerformanceObserver(list => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) globalThis.shifted += value
  }).observe({ type: 'layout-shift', buffered: true })`

export const shiftOf = (page: Page): Promise<number> => page.evaluate('globalThis.shifted')

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

/** axe-core's violations, a line each. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const violations = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)')
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
