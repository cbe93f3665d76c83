/** The registry explorer: what it says after each recorded answer is what the client's functions say, and the next request is theirs. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openTheme, textOf } from '#support/record/rendered'
import { repository } from '#support/repository'
import { replay, sizeOf, wantedAfter } from '../../site/.vitepress/theme/toys/registry.js'
import type { RegistryData, Scene, SceneName } from '../../site/.vitepress/theme/toys/registry-data.js'
import { describe } from '../../site/.vitepress/theme/toys/registry-said.js'
import { words } from '../../site/.vitepress/theme/words.js'

const data = JSON.parse(fs.readFileSync(`${repository}site/data/registry.json`, 'utf8')) as RegistryData
const sceneOf = (name: SceneName): Scene => data.scenes.find(scene => scene.name === name)!
const kinds = (name: SceneName): string[] => replay(sceneOf(name)).map(({ verdict }) => verdict.kind)
const last = (name: SceneName) => replay(sceneOf(name)).at(-1)!

test('the next recorded request is the one that the functions ask for, after each answer', () => {
  let compared = 0
  for (const scene of data.scenes) {
    const steps = replay(scene)
    for (const [i, step] of steps.entries()) {
      const wanted = wantedAfter(scene, step)
      const next = scene.exchanges[i + 1]
      if (wanted === null || next === undefined) continue
      assert.equal([next.method, next.url], [wanted.method, wanted.url], `${scene.name} ${i}`)
      compared++
    }
  }
  assert.ok(compared > 15, String(compared))
})

test('a function is where the page says that it is when its name is looked for there', () => {
  const asked = data.scenes.flatMap(scene => replay(scene).map(step => step.asked))
  for (const { name, file } of asked) {
    assert.match(
      fs.readFileSync(`${repository}${file}`, 'utf8'),
      new RegExp(`export (async )?function ${name}\\b`),
      file,
    )
  }
})

test('a pull goes from the tag to the layers, and has all of them in the end', () => {
  assert.equal(kinds('pull'), [
    ...['token', 'granted', 'stands-for', 'document', 'document', 'blob', 'blob', 'blob', 'blob'],
  ])
  assert.equal(
    last('pull').parts.map(({ kind, state }) => `${kind} ${state}`),
    [
      ...['index whole', 'manifest whole', 'config whole', 'layer whole', 'layer whole', 'layer whole'],
      'manifest elsewhere',
    ],
  )
})

test('what was cut is asked for from where it was, and what was changed is refused', () => {
  const { exchanges } = sceneOf('pull-cut')
  const cut = exchanges.findIndex(one => one.cut)
  assert.is(exchanges[cut + 1]!.ask.range, `bytes=${exchanges[cut]!.got}-`)
  assert.equal(kinds('pull-cut').slice(-2), ['cut', 'blob'])
  const { verdict, parts } = last('pull-lie')
  assert.is(verdict.kind, 'other')
  assert.is(parts.filter(({ state }) => state === 'other').length, 1)
  assert.match(sceneOf('pull-lie').error!, /its bytes have the digest sha256:/)
})

test('a push leaves out what is there, mounts what is near, and names the image last', () => {
  const said = kinds('push')
  assert.ok(said.includes('exists') && said.includes('mounted') && said.includes('pushed'))
  assert.is(said.at(-1), 'named')
  const states = last('push').parts.map(({ state }) => state)
  assert.equal(states, ['whole', 'whole', 'was', 'mounted', 'whole'])
})

test('an upload that was cut is asked for its state, and goes on there', () => {
  const said = kinds('push-cut')
  const at = said.indexOf('unknown')
  assert.equal(said.slice(at), ['unknown', 'has', 'has', 'pushed', 'named'])
  const [, status, next] = sceneOf('push-cut').exchanges.slice(at)
  assert.is(next!.ask['content-range']!.split('-')[0], String(Number(status!.answer.range!.split('-')[1]) + 1))
})

for (const lang of ['en-US', 'zh-CN'] as const) {
  test(`every request and what is made of its answer stand on the page when there is no script (${lang})`, async () => {
    const say = words[lang === 'zh-CN' ? 'zh' : 'en'].registry
    const theme = await openTheme(lang)
    try {
      const html = await theme.render('RegistryExplorer')
      const text = textOf(html)
      for (const scene of data.scenes) {
        assert.ok(text.includes(say.scenes[scene.name].title), scene.name)
        for (const { verdict } of replay(scene)) {
          const said = describe(verdict, say)
          assert.ok(said.length > 5 && text.includes(said.replace(/\s+/g, ' ')), `${scene.name}: ${said}`)
        }
      }
      assert.not(/undefined|NaN|\[object/.test(text))
    } finally {
      await theme.close()
    }
  })
}

test('a size is said in powers of ten when it is large', () => {
  assert.equal([425, 22_016, 41_944_576].map(sizeOf), ['425 B', '22 kB', '41.9 MB'])
})

test.run()
