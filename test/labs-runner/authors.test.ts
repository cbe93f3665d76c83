import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { WorkingCopy } from '#support/labs'
import { newWorld } from '#support/world'

const world = newWorld()
const id = 'ch1/become'
const source = 'chapters/ch1-chroot/enter-root.ts'

test('new lays out all that a lab is made of, and compiles, when a part is named', async () => {
  const copy = new WorkingCopy(world)
  const args = ['new', id, '--source', source, '--part', 'enterRoot', '--title', "Who's there"]
  const { code, stdout, stderr } = await copy.lab(args)
  assert.is(code, 0, stderr)
  for (const name of ['task.md', 'hints.md', 'wrong/first.ts'])
    assert.ok(fs.existsSync(copy.path(`labs/${id}/${name}`)))
  assert.match(stdout, /id: 'ch1\/become',\n.*title: "Who's there",\n.*part: 'enterRoot',/)
  assert.match(stdout, /exports: \['enterRoot'\]/)
  const task = copy.read(`labs/${id}/task.md`)
  for (const anchor of ['breaks', 'write', 'read', 'begin', 'checks', 'first-check', 'other-rules'])
    assert.match(task, new RegExp(`^##+ .*\\{#${anchor}\\}$`, 'm'))
  assert.match(
    copy.read(`labs/${id}/hints.md`),
    /^# Hints\n\n## 1\n[\s\S]*^## 2\n[\s\S]*^## 3\n[\s\S]*^## first-check\n/m,
  )

  const compiler = `${copy.directory}/node_modules/typescript/bin/tsc`
  const files = [`test/labs/${id}.ts`, `labs/${id}/wrong/first.ts`]
  const project = { extends: './tsconfig.json', compilerOptions: { noEmit: true }, include: [], files }
  copy.write(
    'labs/tsconfig.json',
    JSON.stringify({ ...project, extends: '../tsconfig.json', files: files.map(name => `../${name}`) }),
  )
  execFileSync(process.execPath, [compiler, '-p', copy.path('labs/tsconfig.json')], { cwd: copy.directory })

  const again = await copy.lab(args)
  assert.is(again.code, 125)
  assert.match(again.stderr, /labs\/ch1\/become\/task\.md: is there already, nothing was written/)
})

test.run()
