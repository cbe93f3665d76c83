import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { invariants } from '#core/plan/invariants'
import { phases } from '#core/plan/phase'
import { filesBelow, readSource } from '#support/repository'
import { tablesToCome } from '#support/site/pending'
import { whyOf } from '../../site/.vitepress/theme/toys/whys.js'
import { allCommands, commandRows, keysOf } from '../../site/data/cli.js'
import { compareRows, sources } from '../../site/data/compare.js'
import { glossary } from '../../site/data/glossary.js'
import { manUrl } from '../../site/data/man-page.js'
import { opRows } from '../../site/data/ops.js'
import { fieldRows, keyOf } from '../../site/data/results.js'
import { classes, exits, rules } from '../../site/data/rules.js'
import { tables } from '../../site/data/translated.js'

const commands = await allCommands()

/** What each table must say, as the ways in which a text may be keyed. */
const wanted: Readonly<Record<keyof typeof tables, readonly (readonly string[])[]>> = {
  phases: phases.map(name => [name]),
  invariants: invariants.map(({ name }) => [name]),
  errors: Object.keys(classes).map(name => [name]),
  exits: exits.map(({ code }) => [code]),
  cli: commands.flatMap(({ name, flags }) => [[name], ...flags.map(flag => keysOf(name, flag.name))]),
  results: fieldRows('en').map(row => [keyOf(row)]),
}

for (const [name, table] of Object.entries(tables)) {
  test(`the Chinese table '${name}' says all that core says when it is no longer pending`, () => {
    const missing = wanted[name as keyof typeof tables].filter(keys => !keys.some(key => table[key] !== undefined))
    const pending = tablesToCome.includes(name)
    if (!pending)
      assert.equal(
        missing.map(([key]) => key),
        [],
      )
    else assert.ok(missing.length > 0, `'${name}' is complete: take it off the list of those to come`)
  })
  test(`the Chinese table '${name}' says nothing that core does not when it is read`, () => {
    const known = new Set(wanted[name as keyof typeof tables].flat())
    assert.equal(
      Object.keys(table).filter(key => !known.has(key)),
      [],
    )
  })
}

test('a flag says the same everywhere when it has one key for all commands', () => {
  const said = new Map<string, Set<string>>()
  for (const { flags } of commands) {
    for (const { name, about } of flags) said.set(name, (said.get(name) ?? new Set()).add(about))
  }
  const ambiguous = [...said].filter(([name, texts]) => texts.size > 1 && tables.cli[`--${name}`] !== undefined)
  const unsaid = ambiguous.filter(([name]) =>
    commands.some(
      ({ name: command, flags }) =>
        flags.some(flag => flag.name === name) && tables.cli[`${command} --${name}`] === undefined,
    ),
  )
  assert.equal(
    unsaid.map(([name]) => name),
    [],
  )
})

test('every op has a sample and a man page when the reference is made', () => {
  const rows = opRows()
  assert.ok(rows.length > 45)
  for (const { op, sample, manUrl: url } of rows) {
    assert.ok(sample !== undefined && sample !== '', op)
    assert.match(url, /^https:\/\/(man7\.org\/linux\/man-pages\/man\d|manpages\.debian\.org)\//)
  }
})

test('the reason of every op is there in Chinese when the reference is made', () => {
  const missing = opRows().filter(({ why }) => why !== undefined && !/\p{Script=Han}/u.test(whyOf(why, 'zh')))
  assert.equal(
    missing.map(({ op, why }) => `${op}: ${why}`),
    [],
  )
})

test('the reference says in English what core says when it is made', async () => {
  const english = rules('en')
  assert.is(english.invariants.length, invariants.length)
  assert.is(english.phases.length, phases.length)
  assert.ok((await commandRows('en')).every(({ about, examples }) => about !== '' && examples.length > 0))
})

test('every field of the results is described when the schema is read', () => {
  const rows = fieldRows('en')
  const groups = ['', 'labs[]', 'labs[].checks[]', 'labs[].checks[].failure.rows[]']
  assert.equal([...new Set(rows.map(({ of }) => of))].sort(), groups.sort())
  const bare = rows.filter(({ type, about }) => type === '' || about === '')
  assert.equal(bare.map(keyOf), [])
  assert.equal(
    rows.filter(({ optional }) => optional).map(({ name }) => name),
    ['reason', 'failure'],
  )
})

test('manUrl() throws when it is given no man page', () => {
  assert.is(manUrl('mount(2)'), 'https://man7.org/linux/man-pages/man2/mount.2.html')
  assert.is(manUrl('PR_SET_PDEATHSIG(2const)'), 'https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html')
  assert.throws(() => manUrl('mount'), /no man page/)
})

test('a term of the glossary is explained in both languages, once, when it is looked up', () => {
  assert.is(new Set(glossary.map(({ term }) => term)).size, glossary.length)
  for (const { term, name, en, zh } of glossary) {
    assert.ok(
      [name, en, zh].every(text => text.trim() !== ''),
      term,
    )
    assert.match(zh, /\p{Script=Han}/u, term)
    assert.ok(en.length < 200 && zh.length < 110, `${term}: one line`)
  }
})

test('our side of the comparison is there when its rows are read', () => {
  for (const { file, export: name } of sources) {
    const [folder = ''] = file.split('/')
    assert.ok(filesBelow(folder, '.ts', '.c').includes(file), file)
    if (name !== '') assert.match(readSource(file), new RegExp(`export (?:async )?(?:const|function) ${name}\\b`), file)
  }
  assert.ok(compareRows().length > 15)
})

test.run()
