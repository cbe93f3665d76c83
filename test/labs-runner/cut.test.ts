import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { labs } from '#labs/index'
import { cutReference, cutSkeleton } from '#labs/runner/attempt/cut'
import { readSource } from '#support/repository'

test('cutSkeleton() leaves no line of a solution when the chapter is cut', () => {
  for (const lab of labs) {
    const source = readSource(lab.source)
    const solutions = [...source.matchAll(/#region solution[\w-]*\n([\s\S]*?)\s*\/\/ #endregion solution/g)]
    assert.ok(solutions.length > 0, `${lab.source} has no solution`)
    const skeleton = cutSkeleton(source, lab)
    for (const [, body] of solutions) assert.not.ok(skeleton.includes(body!), lab.id)
    assert.equal(skeleton.match(/unsolved\('/g)?.length, solutions.length, lab.id)
    for (const name of lab.exports) assert.match(skeleton, new RegExp(`export (const|function) ${name}\\b`))
  }
})

test('both cuts import by address when the chapter imports its neighbours', () => {
  for (const lab of labs) {
    for (const cut of [cutSkeleton, cutReference]) {
      const text = cut(readSource(lab.source), lab)
      assert.not.match(text, /from '\./, lab.id)
      assert.not.match(text, /#(end)?region/, lab.id)
    }
  }
})

test('cutReference() is the chapter’s code when the marks are gone', () => {
  const [lab] = labs
  const from = (path: string): string => `import { a } ${'from'} '${path}'\n`
  const text = cutReference(
    `${from('../b/c.js')}// #region part\nx\n// #region solution\ny\n// #endregion solution\n`,
    lab!,
  )
  assert.is(text, `${from('#chapters/b/c')}x\ny\n`)
})

test.run()
