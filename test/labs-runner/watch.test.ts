import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hintsText, WorkingCopy, wrongOrder } from '#support/labs'
import { needs } from '#support/needs'
import { onQuietMachine } from '#support/patience'
import { Pty, type Size } from '#support/pty'
import { leftovers, newWorld, sleep, until } from '#support/world'

const world = newWorld()
const onLinux = needs('linux', 'setsid', 'native', 'inside')
const lab = 'ch1/enter-root'

function watching(env: Readonly<Record<string, string>> = {}, size: Size = { rows: 50, columns: 120 }) {
  const copy = new WorkingCopy(world)
  copy.write(`labs/${lab}/hints.md`, hintsText)
  copy.publish()
  const pty = new Pty(size)
  const before = pty.settings()
  const running = copy.on(pty, ['watch', lab], { seconds: 120, env })
  let from = 0
  /** Only what was drawn since the last call: the text of a terminal grows. */
  const shows = async (pattern: RegExp): Promise<void> => {
    await until(`the terminal shows ${pattern}: ${JSON.stringify(pty.text.slice(from))}`, () =>
      pattern.test(pty.text.slice(from)),
    )
  }
  const mark = (): void => {
    from = pty.text.length
  }
  const type = (keys: string): void => {
    mark()
    pty.type(keys)
  }
  return { copy, pty, before, running, shows, mark, type }
}

onLinux('watch takes the usual width when the terminal has none to tell', async () => {
  const { pty, running, shows, type } = watching({}, { rows: 0, columns: 0 })
  await shows(/Your program shall take a directory for the whole machine/)
  await shows(/not solved yet/)
  type('q')
  assert.is((await running.done).code, 0)
  pty.close()
})

onLinux('watch grades, explains and goes on when the attempt is saved in any way', async () => {
  const { copy, pty, before, running, shows, mark, type } = watching()
  const file = copy.attempt(lab)
  await shows(/not solved yet/)
  const save = async (how: () => void, expected: RegExp): Promise<number> => {
    await sleep(700) // the next worker is ready, and the editor's user has thought
    mark()
    const start = performance.now()
    how()
    await shows(expected)
    return performance.now() - start
  }
  const failed = /failed: \d+ of \d+/
  const holds = /the plan holds/
  const times = [await save(() => fs.writeFileSync(file, wrongOrder), failed)]
  times.push(
    await save(() => {
      fs.writeFileSync(`${file}~`, copy.reference(lab))
      fs.renameSync(`${file}~`, file)
    }, holds),
  )
  await shows(/passed: (\d+) of \1/)
  times.push(
    await save(() => {
      fs.rmSync(file)
      fs.writeFileSync(file, wrongOrder)
    }, failed),
  )
  times.push(
    await save(() => fs.writeFileSync(file, wrongOrder.replace('root.path', 'root.pth')), /attempt\.ts:5:\d+.*pth/),
  )
  console.log(`\nsave → verdict: ${times.map(ms => `${ms.toFixed(0)} ms`).join(', ')}`)
  type('q')
  assert.is((await running.done).code, 0)
  assert.is(pty.settings(), before, 'the terminal is as it was')
  pty.close()
  assert.equal(await leftovers(world), [])
})

onLinux('watch obeys single keys when they are typed', async () => {
  const { copy, pty, running, shows, type } = watching()
  await shows(/not solved yet/)
  type('h')
  await shows(/hint 1 of 3[\s\S]*first/)
  type('l')
  await shows(/▸ .*ch1\/enter-root/)
  type('d')
  await shows(/the reference is shown once it is/)
  copy.write(`labs/${lab}/attempt.ts`, wrongOrder)
  await shows(/failed: \d+ of \d+/)
  type('h')
  await shows(/about starts-inside[\s\S]*about the order/)
  type('x')
  await shows(/back to the skeleton/)
  type('n')
  await sleep(200)
  assert.is(copy.read(`labs/${lab}/attempt.ts`), wrongOrder)
  type('xy')
  await shows(/not solved yet/)
  assert.is(copy.read(`labs/${lab}/attempt.ts.bak`), wrongOrder)
  copy.solve(lab)
  await shows(/passed: (\d+) of \1/)
  type('d')
  await shows(/word for word/)
  type('r')
  await shows(/checking/)
  await shows(/passed: (\d+) of \1/)
  type('n')
  await shows(/ch1\/find-program/)
  assert.ok(fs.existsSync(copy.attempt('ch1/find-program')))
  assert.is(copy.json<{ current: string }>('labs/progress.json').current, 'ch1/find-program')
  type('\x03')
  assert.is((await running.done).code, 130)
  pty.close()
})

onLinux('watch gives the terminal back when a signal ends it', async () => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    const { copy, pty, before, running, shows } = watching()
    await shows(/not solved yet/)
    // in the middle of a grading that has no end of its own
    copy.write(`labs/${lab}/attempt.ts`, 'export const enterRoot = (): never => {\n  for (;;);\n}\n')
    await shows(/checking/)
    await sleep(900)
    process.kill(running.pid, signal)
    assert.is((await running.done).code, code)
    assert.is(pty.settings(), before)
    pty.close()
    assert.equal(await leftovers(world), [])
  }
})

onLinux('watch takes the newest attempt when it is saved during a grading', async () => {
  const { copy, pty, running, shows, type } = watching()
  await shows(/not solved yet/)
  copy.write(`labs/${lab}/attempt.ts`, 'export const enterRoot = (): never => {\n  for (;;);\n}\n')
  await sleep(900)
  const start = performance.now()
  copy.write(`labs/${lab}/attempt.ts`, wrongOrder)
  await shows(/failed: \d+ of \d+/)
  assert.ok(performance.now() - start < 1000 * onQuietMachine(4), 'it did not wait for the limit of the older')
  type('q')
  await running.done
  pty.close()
  assert.equal(await leftovers(world), [])
})

onLinux('watch leaves nothing behind when it is quit in the middle of an effect', async () => {
  const tmp = world.path('tmp')
  fs.mkdirSync(tmp)
  fs.chmodSync(tmp, 0o1777)
  const { copy, pty, before, running, shows, type } = watching({ TMPDIR: tmp })
  await shows(/not solved yet/)
  copy.solve(lab)
  await shows(/looking at the effects/)
  await sleep(150)
  type('q')
  assert.is((await running.done).code, 0)
  assert.is(pty.settings(), before)
  pty.close()
  assert.equal(await leftovers(world), [])
  assert.equal(fs.readdirSync(tmp), [])
})

onLinux('watch says what is wrong, and goes on, when a key cannot be obeyed', async () => {
  const { copy, pty, running, shows, type } = watching()
  await shows(/not solved yet/)
  fs.rmSync(copy.attempt(lab))
  type('xy')
  await shows(/ENOENT/)
  copy.write('labs/progress.json', '{')
  type('l')
  await shows(/labs\/progress\.json: is no JSON/)
  copy.write(`labs/${lab}/attempt.ts`, wrongOrder)
  await shows(/failed: \d+ of \d+[\s\S]*this is not recorded/)
  assert.is(copy.read('labs/progress.json'), '{')
  type('\x04')
  assert.is((await running.done).code, 0)
  pty.close()
})

test('watch says what it needs when there is no terminal', async () => {
  const copy = new WorkingCopy(world)
  const { code, stderr } = await copy.lab(['watch', lab])
  assert.is(code, 125)
  assert.match(stderr, /^mini-docker: lab watch: needs a terminal .*lab check/)
  assert.not.ok(fs.existsSync(copy.attempt(lab)))
})

test.run()
