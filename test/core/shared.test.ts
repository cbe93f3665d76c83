import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Shared } from '#core/exec/shared'
import type { HostStep } from '#core/plan/step'
import { needs } from '#support/needs'
import { contentsOf, deadOwner, withRunDirectory } from '#support/run-directory'

const onLinux = needs('linux')
const step = (path: string): HostStep => ({ op: 'remove_file', path, phase: 'prepare', why: 'test', by: 'test' })
const ensured = () => ({ make: [step('make 1'), step('make 2')], remove: [step('remove')] })
/** The lowest number that nobody has. */
const lowest = (taken: ReadonlyMap<string, number>): number => {
  const numbers = new Set(taken.values())
  let number = 2
  while (numbers.has(number)) number++
  return number
}

interface Scene {
  readonly run: string
  readonly shared: Shared
  /** Paths of the steps performed, in order. */
  readonly done: string[]
}

const scene = (body: (scene: Scene) => void | Promise<void>, failing?: string) => () =>
  withRunDirectory(run => {
    const done: string[] = []
    const shared = new Shared(run, performed => {
      const path = 'path' in performed ? performed.path : ''
      if (path === failing) throw new Error('as asked')
      done.push(path)
    })
    return body({ run, shared, done })
  })

onLinux(
  'the resource is there until the last user leaves when two share it',
  scene(({ shared, done }) => {
    assert.is(shared.acquire('bridge', 'a', lowest, ensured), 2)
    assert.is(shared.acquire('bridge', 'b', lowest, ensured), 3)
    assert.ok(shared.holds('bridge', 'a') && shared.holds('bridge', 'b'))
    shared.release('bridge', 'a')
    assert.not(shared.holds('bridge', 'a'))
    assert.not(done.includes('remove'))
    shared.release('bridge', 'b')
    assert.is(done.filter(path => path === 'remove').length, 1)
  }),
)

onLinux(
  'what a killed creator has half written is dropped by the next to come or go',
  scene(({ run, shared }) => {
    shared.acquire('bridge', 'a', lowest, ensured)
    const half = ['.last.json.4711', '.undo.json.4711', 'users/.b.4711'].map(name => `${run}/shared/bridge/${name}`)
    for (const next of [
      () => shared.release('bridge', 'nobody'),
      () => void shared.acquire('bridge', 'c', lowest, ensured),
    ]) {
      for (const file of half) fs.writeFileSync(file, '')
      next()
      assert.equal(
        half.filter(file => fs.existsSync(file)),
        [],
      )
    }
  }),
)

onLinux(
  'release does nothing when the user has left or was never there',
  scene(({ shared, done }) => {
    shared.release('bridge', 'nobody')
    shared.acquire('bridge', 'a', lowest, ensured)
    shared.acquire('bridge', 'b', lowest, ensured)
    shared.release('bridge', 'nobody')
    shared.release('bridge', 'a')
    shared.release('bridge', 'a')
    assert.not(done.includes('remove'))
    shared.release('bridge', 'b')
    shared.release('bridge', 'b')
    assert.is(done.filter(path => path === 'remove').length, 1)
  }),
)

onLinux(
  'a number is given again when its user has left',
  scene(({ shared }) => {
    shared.acquire('bridge', 'a', lowest, ensured)
    shared.acquire('bridge', 'b', lowest, ensured)
    shared.release('bridge', 'a')
    assert.is(shared.acquire('bridge', 'c', lowest, ensured), 2)
  }),
)

onLinux(
  'resources do not know of each other when both are used',
  scene(({ shared, done }) => {
    shared.acquire('one', 'a', lowest, ensured)
    assert.is(shared.acquire('two', 'a', lowest, ensured), 2)
    shared.release('one', 'a')
    assert.is(done.filter(path => path === 'remove').length, 1)
    assert.ok(shared.holds('two', 'a'))
  }),
)

onLinux(
  'nothing of a user is left when making the resource fails',
  scene(({ run, shared, done }) => {
    assert.throws(() => shared.acquire('bridge', 'a', lowest, ensured), /as asked/)
    assert.not(shared.holds('bridge', 'a'))
    assert.equal(done, ['make 1', 'remove'], 'what was made is taken back')
    assert.not(contentsOf(run).some(path => path.endsWith('undo.json')))
  }, 'make 2'),
)

onLinux(
  'nothing of a user is left when there is nothing to choose from',
  scene(({ shared, done }) => {
    const full = (): never => {
      throw new Error('all taken')
    }
    assert.throws(() => shared.acquire('bridge', 'a', full, ensured), /all taken/)
    assert.throws(() => shared.acquire('bridge', 'a', lowest, full), /all taken/)
    assert.not(shared.holds('bridge', 'a'))
    assert.equal(done, [])
  }),
)

onLinux(
  'a user is dropped when its owner is gone, and what it had is free',
  scene(async ({ run, shared, done }) => {
    shared.acquire('bridge', 'orphan', lowest, ensured)
    const path = `${run}/shared/bridge/users/orphan`
    const entry = JSON.parse(fs.readFileSync(path, 'utf8'))
    fs.writeFileSync(path, JSON.stringify({ ...entry, owner: await deadOwner() }))
    assert.is(shared.acquire('bridge', 'a', lowest, ensured), 2)
    assert.not(shared.holds('bridge', 'orphan'))
    shared.release('bridge', 'a')
    assert.is(done.at(-1), 'remove', 'the dead one does not keep the resource')
  }),
)

onLinux(
  'a half-written user is dropped when it is no JSON',
  scene(({ run, shared }) => {
    shared.acquire('bridge', 'a', lowest, ensured)
    fs.writeFileSync(`${run}/shared/bridge/users/broken`, '{"owner":')
    assert.is(shared.acquire('bridge', 'b', lowest, ensured), 3)
    assert.not(shared.holds('bridge', 'broken'))
  }),
)

onLinux(
  'a user stays when its name ends as half-written files once did',
  scene(({ run, shared, done }) => {
    shared.acquire('bridge', 'web.1.tmp', lowest, ensured)
    fs.writeFileSync(`${run}/shared/bridge/users/.web.1`, '{}') // half written: no container can be named so
    assert.is(shared.acquire('bridge', 'b', lowest, ensured), 3)
    assert.ok(shared.holds('bridge', 'web.1.tmp'))
    assert.equal(fs.readdirSync(`${run}/shared/bridge/users`).sort(), ['b', 'web.1.tmp'])
    assert.not(done.includes('remove'))
  }),
)

/** Performs by remembering, and throws its path at each step that is in `broken`. */
const fragile = (run: string, broken: Set<string>) => {
  const done: string[] = []
  const shared = new Shared(run, performed => {
    const path = 'path' in performed ? performed.path : ''
    if (broken.has(path)) throw new Error(path)
    done.push(path)
  })
  return { shared, done }
}
const removedBy = (...paths: string[]) => ({ make: [step('make')], remove: paths.map(step) })

onLinux('the first error is the one reported when making fails and taking back fails, too', () =>
  withRunDirectory(run => {
    const { shared } = fragile(run, new Set(['make', 'x']))
    assert.throws(() => shared.acquire('bridge', 'a', lowest, () => removedBy('x')), /^make$/)
    assert.not(shared.holds('bridge', 'a'))
    assert.equal(JSON.parse(fs.readFileSync(`${run}/shared/bridge/undo.json`, 'utf8')), [step('x')])
  }),
)

onLinux('removing goes on when a step fails, and what is left is done by the next who comes', () =>
  withRunDirectory(run => {
    const broken = new Set(['y'])
    const { shared, done } = fragile(run, broken)
    shared.acquire('bridge', 'a', lowest, () => removedBy('x', 'y', 'z'))
    assert.throws(() => shared.release('bridge', 'a'), /^y$/)
    assert.equal(done, ['make', 'x', 'z'])
    assert.throws(() => shared.release('bridge', 'a'), /^y$/)
    broken.clear()
    shared.release('bridge', 'a')
    assert.equal(done, ['make', 'x', 'z', 'y'])
    assert.not(contentsOf(run).some(path => path.endsWith('undo.json')))
  }),
)

test.run()
