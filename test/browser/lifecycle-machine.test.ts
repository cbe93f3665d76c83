/** The lifecycle machine: commands are pressed, and the page says what the model does. */

import type { Locator } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { alive, becomes, inEveryPlace, type Place, textOf } from '#support/site/places'
import {
  type After,
  act,
  canHappen,
  type Event,
  type Freezer,
  happenings,
  type World,
} from '../../site/.vitepress/theme/toys/lifecycle.js'
import { seenOf } from '../../site/.vitepress/theme/toys/lifecycle-seen.js'
import { lifecycleWords } from '../../site/.vitepress/theme/toys/lifecycle-words.js'

async function open(place: Place): Promise<Locator> {
  await place.go('/ch7')
  return alive(place.page.locator('.lifecycle'))
}

/** A whole life with what does not fit in it, then its other ends. */
const lives: readonly (readonly [freezer: Freezer, events: readonly Event[]])[] = [
  [
    'v2',
    [
      ...(['start web', 'create web', 'start web', 'create web', 'made', 'exec web true', 'start web'] as const),
      ...(['exec web true', 'kill web TERM', 'pause web', 'pause web', 'delete web', 'resume web'] as const),
      ...(['kill web KILL', 'kill web KILL', 'delete web', 'delete -f web'] as const),
    ],
  ],
  ['v2', ['create web', 'failed', 'create web', 'made', 'failed', 'delete web']],
  ['v1', ['create web', 'made', 'start web', 'pause web', 'kill web KILL', 'resume web', 'delete -f web']],
]

inEveryPlace(
  'each command shows its move, its line and what there is of the container when it is pressed',
  async place => {
    const toy = await open(place)
    const say = lifecycleWords[place.language]
    const nameOf = (event: Event, world: World): string => {
      if (event === 'failed') return world?.state === 'created' ? say.happening.execve : say.happening.failed
      return event === 'made' || event === 'ended' ? say.happening[event] : event.replace(' web', '')
    }
    for (const [freezer, events] of lives) {
      await toy.getByRole('button', { name: say.start }).click()
      await toy.getByRole('radio', { name: `cgroup ${freezer}` }).check()
      assert.is(await textOf(toy.locator('.note')), say.first)
      let world: World = null
      for (const event of events) {
        const after: After = act(world, event, freezer)
        const button = toy.getByRole('button', { name: nameOf(event, world), exact: true })
        // the one by mouse, the other by keyboard
        if (event.length % 2 === 0) await button.click()
        else await button.press('Enter')
        world = after.world
        await becomes(say.notes[after.note], () => textOf(toy.locator('.note')), event)
        const here = await toy.locator('.node.here text').allTextContents()
        assert.equal([...new Set(here)], [world?.state ?? say.none], event)
        if (after.error !== null) assert.ok((await textOf(toy.locator('.terminal'))).includes(after.error), event)
        assert.equal(
          (await toy.locator('dd').first().locator('code').allTextContents()).sort(),
          [...seenOf(world).files].sort(),
        )
        assert.equal(await toy.locator('dd').last().locator('code').allTextContents(), after.hooks)
        const json = await textOf(toy.locator('.json'))
        assert.ok(json.includes(world === null ? 'does not exist' : `"status": "${world.state}"`), event)
        for (const one of happenings) {
          const isOn = await toy.getByRole('button', { name: nameOf(one, world), exact: true }).isEnabled()
          assert.is(isOn, canHappen(world, one), `${one} after ${event}`)
        }
      }
    }
  },
)

test.run()
