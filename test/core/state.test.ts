import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type ErrorClass, MiniDockerError } from '#core/errors'
import { type ContainerRecord, checkName, isUnreadable, States } from '#core/exec/state'
import { undo } from '#core/plan/undo'
import { identify } from '#core/sys/identity'
import { examplePlan, recipes } from '#support/examples'
import { needs } from '#support/needs'
import { contentsOf, deadOwner, withRunDirectory } from '#support/run-directory'

const onLinux = needs('linux')
const create = (states: States, id: string): ContainerRecord =>
  states.create({ id, chapter: 'ch2', spec: null, undo: [] })

function refusal(action: () => unknown): ErrorClass | 'none' {
  try {
    action()
  } catch (error) {
    if (error instanceof MiniDockerError) return error.class
    throw error
  }
  return 'none'
}

onLinux('create claims a name when it is free, and says so when it is taken', () =>
  withRunDirectory(run => {
    const states = new States(run)
    const record = create(states, 'web')
    assert.equal(states.read('web'), record)
    assert.is(record.status, 'creating')
    assert.equal(record.owner, identify(process.pid))
    assert.is(
      refusal(() => create(states, 'web')),
      'AlreadyExists',
    )
    assert.equal(states.read('web'), record, 'the first one is untouched')
    assert.equal(contentsOf(`${run}/containers`), ['web', 'web/state.json'], 'and nothing is left of the second')
  }),
)

onLinux('create lets one win when several processes claim a name at once', () =>
  withRunDirectory(async run => {
    const script = `
      const { States } = await import(${JSON.stringify(import.meta.resolve('#core/exec/state'))})
      try { new States(process.argv[1]).create({ id: 'x', chapter: 'ch2', spec: null, undo: [] }) }
      catch (error) { process.exitCode = error.class === 'AlreadyExists' ? 3 : 4 }`
    const claims = Array.from({ length: 4 }, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, run], { stdio: 'ignore' })
      const [code] = (await once(child, 'exit')) as [number]
      return code
    })
    assert.equal((await Promise.all(claims)).sort(), [0, 3, 3, 3])
  }),
)

onLinux('create says what is wrong when the run directory cannot be written', () =>
  withRunDirectory(run => {
    fs.writeFileSync(`${run}/containers`, 'a file')
    assert.is(
      refusal(() => create(new States(run), 'web')),
      'FailedPrecondition',
    )
  }),
)

onLinux('update replaces the record when it has grown', () =>
  withRunDirectory(run => {
    const states = new States(run)
    const { spec } = recipes.find(({ name }) => name === 'ch2.volumes on v2')!
    const record = {
      ...create(states, 'web'),
      spec,
      undo: undo(examplePlan('ch2.volumes')),
      status: 'running',
    } as const
    states.update(record)
    assert.equal(states.read('web'), record)
    assert.equal(contentsOf(`${run}/containers`), ['web', 'web/state.json'])
  }),
)

onLinux('find takes a name or the beginning of one when only one begins so', () =>
  withRunDirectory(run => {
    const states = new States(run)
    for (const id of ['web', 'web2', 'mail']) create(states, id)
    assert.is(states.find('web').id, 'web', 'a whole name comes first')
    assert.is(states.find('m').id, 'mail')
    for (const wanted of ['we', 'x', '', '..', 'web/..', '../containers/web']) {
      assert.is(
        refusal(() => states.find(wanted)),
        'NotFound',
        wanted,
      )
    }
  }),
)

onLinux('list and read find nothing when there is nothing yet', () =>
  withRunDirectory(run => {
    const states = new States(run)
    assert.equal(states.list(), [])
    assert.equal(states.dead(), [])
    assert.is(states.read('web'), null)
    states.remove('web')
  }),
)

onLinux('dead gives those whose owner is gone when others live', () =>
  withRunDirectory(async run => {
    const states = new States(run)
    create(states, 'alive')
    states.update({ ...create(states, 'orphan'), owner: await deadOwner() })
    states.update({ ...create(states, 'rebooted'), owner: { ...identify(process.pid)!, boot: 'another' } })
    assert.equal(
      states
        .dead()
        .map(({ id }) => id)
        .sort(),
      ['orphan', 'rebooted'],
    )
  }),
)

onLinux('dead removes a half-made directory when its creator is gone', () =>
  withRunDirectory(async run => {
    const states = new States(run)
    const gone = await deadOwner()
    for (const name of [`.web.${gone.pid}`, `.mail.${process.pid}`]) {
      fs.mkdirSync(`${run}/containers/${name}`, { recursive: true })
      fs.writeFileSync(`${run}/containers/${name}/state.json`, '{')
    }
    assert.equal(states.dead(), [])
    assert.equal(fs.readdirSync(`${run}/containers`), [`.mail.${process.pid}`])
    assert.equal(states.list(), [], 'and a half-made one is no container')
  }),
)

onLinux("a record is nobody's and dead when it is empty, cut short or no record", () =>
  withRunDirectory(run => {
    const states = new States(run)
    create(states, 'whole')
    for (const [id, text] of Object.entries({ empty: '', cut: '{"version":1,"id":"c', zeros: '\0\0', other: '{}' })) {
      create(states, id)
      fs.writeFileSync(`${run}/containers/${id}/state.json`, text)
    }
    assert.equal(
      states.list().map(({ id }) => id),
      ['whole'],
    )
    assert.is(states.read('empty'), null)
    assert.is(
      refusal(() => states.find('cut')),
      'NotFound',
    )
    const dead = states.dead()
    assert.equal(dead.map(({ id }) => id).sort(), ['cut', 'empty', 'other', 'zeros'])
    assert.ok(dead.every(record => isUnreadable(record) && record.undo.length === 0))
  }),
)

onLinux('remove takes the directory away when there are directories in it', () =>
  withRunDirectory(run => {
    const states = new States(run)
    create(states, 'web')
    fs.mkdirSync(`${states.directoryOf('web')}/a/b`, { recursive: true })
    fs.writeFileSync(`${states.directoryOf('web')}/a/b/file`, '')
    states.remove('web')
    assert.equal(contentsOf(`${run}/containers`), [])
  }),
)

onLinux('whileStill does nothing when the container is another of the same name, or is gone', () =>
  withRunDirectory(async run => {
    const states = new States(run)
    const old = { ...create(states, 'web'), owner: await deadOwner() }
    states.update(old)
    let acted = 0
    const act = (): void => void acted++
    states.whileStill(old, act)
    assert.is(acted, 1)
    states.remove('web')
    states.whileStill(old, act)
    create(states, 'web')
    states.whileStill(old, act)
    states.update({ ...old, created: old.created + 1 })
    states.whileStill(old, act)
    assert.is(acted, 1)
  }),
)

onLinux('find takes the name of a container when it has one beside its ID', () =>
  withRunDirectory(run => {
    const states = new States(run)
    states.create({ id: '0123456789ab', name: 'web', chapter: 'ch4', spec: null, undo: [] })
    for (const who of ['web', '0123456789ab', '0123']) assert.is(states.find(who).id, '0123456789ab', who)
    assert.is(
      refusal(() => states.find('we')), // names are said whole
      'NotFound',
    )
    create(states, 'web')
    assert.is(states.find('web').id, 'web', 'an ID comes first')
  }),
)

test('checkName refuses a name when it could be a path or a flag', () => {
  for (const name of ['', '.', '..', '-x', '_x', 'a/b', 'a b', 'a\n', 'ä', 'x'.repeat(129)]) {
    assert.is(
      refusal(() => checkName(name)),
      'InvalidArgument',
      name,
    )
  }
  for (const name of ['a', '7', 'web.1_x-y', 'x'.repeat(128)]) checkName(name)
})

test.run()
