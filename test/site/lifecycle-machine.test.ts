/** The lifecycle machine, as it stands on the page: its drawing is the reducer's, and all of it can be read without a script. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { reduce } from '#chapters/ch7-oci/lifecycle/reduce'
import { openTheme, textOf } from '#support/record/rendered'
import {
  act,
  canHappen,
  commands,
  containerIn,
  type Event,
  happenings,
  states,
  type Verb,
  type World,
} from '../../site/.vitepress/theme/toys/lifecycle.js'
import { half, layouts } from '../../site/.vitepress/theme/toys/lifecycle-diagram.js'
import { seenOf } from '../../site/.vitepress/theme/toys/lifecycle-seen.js'
import { lifecycleWords } from '../../site/.vitepress/theme/toys/lifecycle-words.js'

const verbs: readonly Verb[] = [
  ...(['create', 'start', 'kill', 'delete', 'pause', 'resume', 'exec'] as const),
  ...happenings,
]

test('an edge is drawn for each move to another state when the reducer is asked for all', () => {
  const moves = states.flatMap(from =>
    verbs.flatMap(verb => {
      const next = reduce(from, verb)
      return 'refused' in next || next.state === from ? [] : [`${verb}: ${from ?? 'none'} to ${next.state ?? 'none'}`]
    }),
  )
  for (const { name, edges } of layouts) {
    const drawn = edges.flatMap(({ verbs, from, to }) => verbs.map(verb => `${verb}: ${from} to ${to}`))
    assert.equal(drawn.sort(), moves.sort(), name)
  }
})

test('no state lies on another, and all lie in the picture', () => {
  for (const { name, width, height, nodes } of layouts) {
    const all = Object.values(nodes)
    for (const [i, [x, y]] of all.entries()) {
      assert.ok(x >= half.width && x <= width - half.width && y >= half.height && y <= height - half.height, name)
      for (const [otherX, otherY] of all.slice(i + 1))
        assert.ok(Math.abs(x - otherX) > 2 * half.width || Math.abs(y - otherY) > 2 * half.height, name)
    }
  }
})

test('a refusal changes nothing and says why when a command does not fit', () => {
  const told = (world: World, event: Event): string | null => act(world, event).error
  assert.is(told(null, 'start web'), "mini-runc: container 'web': does not exist (mini-runc list)")
  assert.is(told(containerIn('running'), 'create web'), "mini-runc: container 'web': already exists (mini-runc list)")
  assert.is(told(containerIn('paused'), 'delete web'), "mini-runc: container 'web': is not stopped (it is paused)")
  assert.is(told(containerIn('stopped'), 'kill web KILL'), "mini-runc: container 'web': is stopped")
  for (const state of states) {
    for (const command of commands) {
      const world = containerIn(state)
      const after = act(world, command)
      if (after.note === 'refused') assert.is(after.world, world, `${command} of ${state}`)
    }
    assert.is(act(containerIn(state), 'delete -f web').world, null)
  }
})

test('a KILL ends what is frozen at once on cgroup v2, and when it goes on on v1', () => {
  const paused = containerIn('paused')
  assert.is(act(paused, 'kill web KILL', 'v2').world!.state, 'stopped')
  const later = act(paused, 'kill web KILL', 'v1').world
  assert.is(later!.state, 'paused')
  assert.is(act(later, 'resume web', 'v1').world!.state, 'stopped')
  assert.equal(seenOf(later).init, 'frozen')
})

for (const lang of ['en-US', 'zh-CN'] as const) {
  test(`what each command does in each state stands on the page when there is no script (${lang})`, async () => {
    const say = lifecycleWords[lang === 'zh-CN' ? 'zh' : 'en']
    const theme = await openTheme(lang)
    try {
      const text = textOf(await theme.render('LifecycleMachine'))
      for (const state of states) {
        const world = containerIn(state)
        for (const event of [...commands, ...happenings]) {
          if (happenings.includes(event as never) && !canHappen(world, event as never)) continue
          const { error, moves } = act(world, event)
          if (moves.length === 0 && error !== null) assert.ok(text.includes(error), `${event} of ${state}`)
        }
      }
      assert.ok(text.includes(say.noScript) && text.includes(say.first))
      assert.not(/undefined|NaN|\[object/.test(text))
    } finally {
      await theme.close()
    }
  })
}

test.run()
