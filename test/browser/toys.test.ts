/** Casts, quizzes and lists, used as a reader would. */

import * as fs from 'node:fs'
import type { Locator } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { repository } from '#support/repository'
import { alive, becomes, inEveryPlace, type Place, textOf } from '#support/site/places'
import type { CastAbout } from '../../site/.vitepress/theme/casts/about.js'
import type { Quiz } from '../../site/.vitepress/theme/quiz/quiz.js'
import { words } from '../../site/.vitepress/theme/words.js'
import { quiz as english } from '../../site/quizzes/ch1.js'
import { quiz as chinese } from '../../site/quizzes/ch1.zh.js'

const about = JSON.parse(fs.readFileSync(`${repository}site/casts/ch1-run.json`, 'utf8')) as CastAbout
const castOf = ({ page, language }: Place): Locator => page.locator('.cast', { hasText: about.title[language] })
const quizzes: Readonly<Record<Place['language'], Quiz>> = { en: english, zh: chinese }

inEveryPlace('a cast can be read before it is played, and jumps when a marker is pressed', async place => {
  const { page, language } = place
  const say = words[language].cast
  await place.go('/ch1')
  assert.is(await page.locator('.ap-player').count(), 0)
  const cast = await alive(castOf(place))
  assert.is(await textOf(cast.locator('figcaption strong')), about.title[language])
  await cast.locator('summary').click()
  const text = cast.locator('details pre')
  assert.ok(await text.isVisible())
  assert.is((await text.textContent())!.trim(), about.text.trim())
  await cast.getByRole('button', { name: say.play }).click()
  const player = cast.locator('.ap-player')
  await player.waitFor()
  await becomes(0, () => cast.locator('.poster').count(), 'the poster goes')
  const elapsed = async (): Promise<number> => {
    const [minutes, seconds] = (await textOf(cast.locator('.ap-time-elapsed'))).split(':').map(Number)
    return minutes! * 60 + seconds!
  }
  const markers = cast.locator('.markers button')
  assert.is(await markers.count(), about.markers.length)
  for (const i of [about.markers.length - 1, 1]) {
    const [at, label] = about.markers[i]!
    assert.ok((await textOf(markers.nth(i))).endsWith(label[language]))
    await markers.nth(i).click()
    const isThere = async (): Promise<boolean> => Math.abs((await elapsed()) - at) <= 2
    await becomes(true, isThere, `at ${at} seconds`)
  }
})

inEveryPlace('a cast begins where its marker is when that is pressed first', async place => {
  await place.go('/ch1')
  const cast = await alive(castOf(place))
  await cast.locator('.markers button').last().click()
  await cast.locator('.ap-player').waitFor()
  const [at] = about.markers.at(-1)!
  const seconds = async (): Promise<number> => Number((await textOf(cast.locator('.ap-time-elapsed'))).split(':')[1])
  await becomes(true, async () => (await seconds()) >= Math.floor(at), `at ${at} seconds`)
})

inEveryPlace('a quiz says what is wrong and what is right, and keeps the score, when it is answered', async place => {
  const { page, language } = place
  const say = words[language].quiz
  const { questions } = quizzes[language]
  const [first, second] = questions
  await place.go('/ch1')
  const quiz = await alive(page.locator('.quiz'))
  const form = quiz.locator('form').first()
  const check = form.getByRole('button', { name: say.check })
  const verdict = (): Promise<string> => textOf(form.locator('.foot [role=status]'))
  const score = (right: number): Promise<void> =>
    becomes(say.score(right, questions.length), () => textOf(quiz.locator('footer [role=status]')), 'score')
  await score(0)
  await check.click()
  assert.is(await verdict(), say.choose)

  const wrong = first!.answers.findIndex(({ right }) => !right)
  await answer(form, first!.answers[wrong]!.text)
  assert.is(await form.locator('.because').count(), 0, 'nothing is told before it is checked')
  await check.click()
  assert.is(await verdict(), say.wrong)
  assert.is(await textOf(form.locator('.because')), `${say.no} – ${first!.answers[wrong]!.because}`)
  await score(0)

  const right = first!.answers.findIndex(answer => answer.right)
  await form.getByRole(role, { name: first!.answers[right]!.text }).press('Space')
  await check.press('Enter')
  assert.is(await verdict(), say.right)
  assert.is(await textOf(form.locator('.because')), `${say.yes} – ${first!.answers[right]!.because}`)
  await score(1)

  const next = quiz.locator('form').nth(1)
  await answer(next, second!.answers.find(({ right }) => right)!.text)
  await next.getByRole('button', { name: say.check }).click()
  await score(2)

  await page.reload()
  await alive(quiz)
  await score(2)
  assert.is(await verdict(), say.right)
  assert.ok(await form.getByRole(role, { name: first!.answers[right]!.text }).isChecked())
  await quiz.getByRole('button', { name: say.reset }).click()
  await score(0)
  assert.is(await quiz.locator('input:checked').count(), 0)
})

const role = 'radio'
const answer = (form: Locator, text: string): Promise<void> => form.locator('label', { hasText: text }).click()

inEveryPlace('what a chapter adds is listed when the list is opened', async place => {
  await place.go('/ch2')
  const diff = place.page.locator('.chapter-diff')
  await diff.scrollIntoViewIfNeeded()
  const counts = (await diff.locator('dd').allTextContents()).slice(0, 2).map(text => Number.parseInt(text, 10))
  assert.not(await diff.locator('li').first().isVisible())
  await diff.locator('summary').press('Enter')
  assert.ok(await diff.locator('li').first().isVisible())
  assert.is(await diff.locator('li').count(), counts[0]! + counts[1]!)
  const paths = await diff.locator('li > code').allTextContents()
  assert.ok(paths.includes('chapters/ch2-namespaces/index.ts'), String(paths))
  for (const path of paths) assert.ok(fs.existsSync(repository + path), path)
})

inEveryPlace('a page says how long it takes to read when it is a chapter', async place => {
  const minutes: number[] = []
  for (const chapter of ['/ch1', '/ch2']) {
    await place.go(chapter)
    const said = await textOf(place.page.locator('.reading-time'))
    const [time, lines] = [...said.matchAll(/\d+/g)].map(Number)
    assert.ok(lines! > 100, said)
    minutes.push(time!)
  }
  assert.ok(minutes[0]! >= 5 && minutes[1]! > minutes[0]! && minutes[1]! <= 90, String(minutes))
})

inEveryPlace('every lab is listed, and opens, when its link is followed', async place => {
  const { page } = place
  await place.go('/labs/')
  const links = page.locator('.vp-doc li:has(code) > a[href*="/labs/ch"]')
  const labs = fs.readdirSync(`${repository}labs`, { recursive: true, encoding: 'utf8' })
  assert.is(await links.count(), labs.filter(name => name.endsWith('/task.md')).length)
  const title = await textOf(links.first())
  await links.first().click()
  await page.waitForURL(/\/labs\/ch1\//)
  await becomes(title, async () => (await textOf(page.locator('h1'))).replace(/\s*\u200b$/, ''), 'its title')
})

test.run()
