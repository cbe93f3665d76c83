import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { labs } from '#labs/index'
import { compileInto, modulePath } from '#labs/runner/attempt/attempts'
import { interview, newAttemptsDirectory, usualLimits } from '#labs/runner/attempt/sandbox'
import { newWorld } from '#support/world'

const world = newWorld()
const lab = labs.find(({ id }) => id === 'ch1/enter-root')!

/** What the sandbox makes of it, and in how many seconds. */
async function asked(text: string) {
  const file = world.path('attempt.ts')
  fs.writeFileSync(file, text)
  const directory = newAttemptsDirectory()
  assert.is(await compileInto(directory, lab, file), null)
  const start = performance.now()
  const said = interview(modulePath(directory, lab), [{ export: 'enterRoot', args: [[]] }], {
    ...usualLimits,
    seconds: 30,
  })
  return { ...said, seconds: (performance.now() - start) / 1000 }
}

for (const [what, more] of [
  ['leaves a timer running', 'setInterval(() => 0, 1000)'],
  ['never lets go at its exit', "process.on('exit', () => { for (;;); })"],
] as const) {
  test(`nobody waits for an attempt that has answered when it ${what}`, async () => {
    const { answers, ended, printed, seconds } = await asked(
      `export const enterRoot = () => { console.log('x'.repeat(9999)); return [] }\n${more}\n`,
    )
    assert.equal(answers, [{ value: [] }])
    assert.is(ended, null)
    assert.is(printed.length, 10_000)
    assert.ok(seconds < 20, `${seconds} s`)
  })
}

test.run()
