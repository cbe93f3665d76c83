import * as fs from 'node:fs'
import { build } from 'esbuild'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readSource, repository } from '#support/repository'

/** What a test looks at of site/.vitepress/theme/quiz/quiz.ts. */
interface Quiz {
  readonly questions: readonly {
    readonly id: string
    readonly text: string
    readonly answers: readonly { readonly text: string; readonly right: boolean; readonly because: string }[]
  }[]
}

const directory = 'site/quizzes'
const names = fs.readdirSync(`${repository}${directory}`).filter(name => name.endsWith('.ts'))
const inEnglish = names.filter(name => !name.includes('.zh.'))

/** As the site loads it: a module of its own. */
async function load(name: string): Promise<Quiz> {
  const { outputFiles } = await build({
    entryPoints: [`${repository}${directory}/${name}`],
    bundle: true,
    format: 'esm',
    write: false,
  })
  const module = (await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString('base64')}`
  )) as {
    quiz: Quiz
  }
  return module.quiz
}

/** What has to be the same in every language. */
const shapeOf = ({ questions }: Quiz) => questions.map(({ id, answers }) => [id, answers.map(({ right }) => right)])

test('a quiz has eight to ten questions, each with an id of its own, when it is loaded', async () => {
  for (const name of names) {
    const { questions } = await load(name)
    assert.ok(questions.length >= 8 && questions.length <= 10, `${name}: ${questions.length}`)
    assert.is(new Set(questions.map(({ id }) => id)).size, questions.length, name)
    for (const { id } of questions) assert.match(id, /^[a-z][a-z0-9-]*$/, name)
  }
})

test('a question has one right answer among at least three when it is asked', async () => {
  for (const name of names) {
    for (const { id, answers } of (await load(name)).questions) {
      assert.ok(answers.length >= 3, `${name}: ${id}`)
      assert.is(answers.filter(({ right }) => right).length, 1, `${name}: ${id}`)
    }
  }
})

test('every answer says why when it is chosen', async () => {
  for (const name of names) {
    for (const { id, text, answers } of (await load(name)).questions) {
      assert.ok(text.trim() !== '', `${name}: ${id}`)
      for (const answer of answers)
        assert.ok(answer.text.trim() !== '' && answer.because.trim() !== '', `${name}: ${id}`)
      assert.is(new Set(answers.map(answer => answer.text)).size, answers.length, `${name}: ${id}`)
    }
  }
})

test('the right answer stands at more than one place when a quiz is gone through', async () => {
  for (const name of names) {
    const places = (await load(name)).questions.map(({ answers }) => answers.findIndex(({ right }) => right))
    assert.ok(new Set(places).size > 1, name)
  }
})

test('a translated quiz asks the same when the English one is there', async () => {
  for (const name of names.filter(one => one.includes('.zh.'))) {
    assert.equal(shapeOf(await load(name)), shapeOf(await load(name.replace('.zh.', '.'))), name)
  }
})

test('a page shows a quiz that is there when it names one', () => {
  const pages = fs.readdirSync(`${repository}site`).filter(name => name.endsWith('.md'))
  const shown = pages.flatMap(page =>
    [...readSource(`site/${page}`).matchAll(/<Quiz name="([^"]+)"/g)].map(([, name]) => name),
  )
  assert.equal(shown.sort(), inEnglish.map(name => name.replace('.ts', '')).sort())
})

test.run()
