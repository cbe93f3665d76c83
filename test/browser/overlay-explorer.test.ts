/** The overlay explorer: each preset, and each thing that can be done by hand, shows what the model makes of it. */

import type { Locator } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { alive, inEveryPlace, type Place, textOf } from '#support/site/places'
import { layerRows, mergedRows, play, run } from '../../site/.vitepress/theme/toys/overlay.js'
import { type Command, firstStack, presets, type Stack } from '../../site/.vitepress/theme/toys/overlay-stack.js'
import { words } from '../../site/.vitepress/theme/words.js'

interface Shown {
  readonly merged: readonly string[]
  /** Upper first. */
  readonly layers: readonly (readonly string[])[]
}

async function shownBy(toy: Locator): Promise<Shown> {
  const names = (list: Locator): Promise<string[]> => list.allTextContents()
  const layers = await toy.locator('.stack article').all()
  return {
    merged: await names(toy.locator('fieldset label > code')),
    layers: await Promise.all(layers.map(layer => names(layer.locator('li > code')))),
  }
}

const named = ({ name, kind }: { readonly name: string; readonly kind: string }): string =>
  kind === 'directory' ? `${name}/` : name

const wanted = ({ union }: Stack, look: 'kernel' | 'oci' = 'kernel'): Shown => ({
  merged: mergedRows(union).map(named),
  layers: [null, ...union.lowers.keys()].map(layer => layerRows(union, layer, look).map(named)),
})

const after = (...commands: readonly Command[]): Stack =>
  commands.reduce((stack, command) => run(stack, command).stack, firstStack)

async function open(place: Place): Promise<Locator> {
  await place.go('/ch4')
  return alive(place.page.locator('.overlay'))
}
const press = (toy: Locator, name: string): Promise<void> => toy.getByRole('button', { name, exact: true }).click()

inEveryPlace('a preset shows its stack and says its moral when it is pressed', async place => {
  const toy = await open(place)
  const say = words[place.language].overlay
  for (const preset of presets) {
    const button = toy.getByRole('button', { name: preset.title[place.language] })
    await button.press('Enter')
    const { stack, said } = play(preset)
    assert.equal(await shownBy(toy), wanted(stack), preset.title.en)
    const log = await textOf(toy.locator('.log'))
    assert.ok(log.includes(preset.moral[place.language]))
    for (const { typed } of said) assert.ok(log.includes(`# ${typed}`), typed)
  }
  await press(toy, say.start)
  assert.equal(await shownBy(toy), wanted(firstStack))
  assert.is(await textOf(toy.locator('.log')), say.nothing)
})

inEveryPlace('what is chosen by arrow keys is changed, and upper with it, when buttons are pressed', async place => {
  const toy = await open(place)
  const say = words[place.language].overlay
  const chosen = toy.locator('fieldset label.chosen input')
  await chosen.press('ArrowUp')
  assert.match((await chosen.getAttribute('aria-label'))!, /^\/etc\/passwd, /)
  await press(toy, say.append)
  const append: Command = { op: 'append', path: '/etc/passwd', content: '# more\n' }
  assert.equal(await shownBy(toy), wanted(after(append)))
  assert.match(await textOf(toy.locator('.log')), /copy-up.*\/etc\/passwd/)

  const input = toy.getByRole('textbox', { name: say.path })
  await input.fill('/etc/users')
  await press(toy, say.rename)
  const rename: Command = { op: 'rename', from: '/etc/passwd', to: '/etc/users' }
  assert.equal(await shownBy(toy), wanted(after(append, rename)))
  assert.match((await chosen.getAttribute('aria-label'))!, /^\/etc\/users, /, 'the choice goes with it')

  await toy.getByRole('radio', { name: say.oci }).check()
  assert.equal(await shownBy(toy), wanted(after(append, rename), 'oci'))
  await toy.getByRole('radio', { name: say.kernel }).check()

  await press(toy, say.remove)
  const remove: Command = { op: 'remove', path: '/etc/users' }
  await press(toy, say.commit)
  assert.equal(await shownBy(toy), wanted(after(append, rename, remove, { op: 'commit' })))
})

inEveryPlace('what the kernel would refuse is refused with its errno when it is tried', async place => {
  const toy = await open(place)
  const say = words[place.language].overlay
  const log = toy.locator('.log')
  const input = toy.getByRole('textbox', { name: say.path })
  await input.fill('/etc')
  await press(toy, say.mkdir)
  assert.match(await textOf(log), new RegExp(`EEXIST.*${say.errnos.EEXIST}`))
  await input.fill('/none/x')
  await press(toy, say.create)
  assert.match(await textOf(log), /ENOENT/)
  await input.fill('/etc/.wh.passwd')
  await press(toy, say.create)
  assert.ok((await textOf(log)).includes(say.reserved))
  assert.equal(await shownBy(toy), wanted(firstStack))
})

test.run()
