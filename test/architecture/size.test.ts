import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { filesBelow, readSource } from '#support/repository'

/** A test file is cases in a row, as a grader is: it may be longer than what holds one idea. */
const limitOf = (file: string): number => (/\.test\.ts$|^test\/labs\/ch/.test(file) ? 400 : 250)
/** Tables, which grow by rows and not by ideas. */
const tables: ReadonlySet<string> = new Set([
  'core/plan/ops.ts',
  'core/sys/constants.ts',
  'core/plan/invariants.ts',
  'labs/index.ts',
  'site/.vitepress/theme/words.ts',
  'site/.vitepress/theme/toys/escape-words.ts',
  'site/data/compare.ts',
  'site/data/glossary.ts',
  'test/support/record/sessions.ts',
])

const files = ['core', 'chapters', 'scripts', 'labs', 'site', 'test', 'native'].flatMap(directory =>
  filesBelow(directory, '.ts', '.c', '.h', '.vue'),
)
/** How a component looks is a table, too. */
const linesOf = (file: string): readonly string[] =>
  readSource(file)
    .replace(/\n$/, '')
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .split('\n')

test('a file is at most 250 lines long, one of tests 400, when it is no table', () => {
  const long = files.filter(file => !tables.has(file) && linesOf(file).length > limitOf(file))
  assert.equal(
    long.map(file => `${file}: ${linesOf(file).length}`),
    [],
  )
})

test('the list of tables names only files that are there when it is read', () => {
  for (const file of tables) assert.ok(files.includes(file), file)
})

test('a file of the tool says in its first lines what it is when it is opened', () => {
  const tool = files.filter(file => /^(core|chapters|scripts|native)\//.test(file) && !file.endsWith('.h'))
  const silent = tool.filter(file => !/^(#!.*\n)?\/\*/.test(readSource(file)))
  assert.equal(silent, [])
})

test('nothing is left to do when code has landed', () => {
  const mark = new RegExp(`\\b(${['TO', 'FIX'].map((word, i) => word + ['DO', 'ME'][i]).join('|')}|XXX)\\b`)
  const marked = files.filter(
    file => mark.test(readSource(file).replace(/[a-zA-Z-]*XXX+/g, '')) && !file.startsWith('labs/'),
  )
  assert.equal(marked, [])
})

test('there is no drawer for everything when files are named', () => {
  const drawers = files.filter(file => /(^|\/)(utils?|helpers|common|misc|manager)(\/|\.ts$)/.test(file))
  assert.equal(drawers, [])
})

test.run()
