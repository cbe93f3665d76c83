/** Quizzes: how answers count, what the browser keeps, and that a page without script tells the answers. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openTheme, textOf } from '#support/record/rendered'
import {
  choose,
  countRight,
  hasSeveral,
  isRight,
  keepScore,
  mistakesIn,
  type Quiz,
  readScore,
} from '../../site/.vitepress/theme/quiz/quiz.js'

const quiz: Quiz = {
  questions: [
    {
      id: 'root',
      text: 'What does chroot change?',
      answers: [
        { text: 'what "/" means', right: true, because: 'and nothing else' },
        { text: 'the working directory', right: false, because: 'it stays outside' },
      ],
    },
    {
      id: 'shared',
      text: 'What does a chroot jail share with the host?',
      answers: [
        { text: 'processes', right: true, because: 'there is no pid namespace' },
        { text: 'network', right: true, because: 'there is no network namespace' },
        { text: 'the root directory', right: false, because: 'that is its own' },
      ],
    },
  ],
}
const [one, many] = quiz.questions as [Quiz['questions'][number], Quiz['questions'][number]]

const store = (text: string | null = null) => ({
  text,
  getItem(): string | null {
    return this.text
  },
  setItem(_: string, value: string): void {
    this.text = value
  },
})

test('an answer is right when all that are right were chosen and none beside', () => {
  assert.equal(
    [[0], [1], [], [0, 1]].map(chosen => isRight(one, chosen)),
    [true, false, false, false],
  )
  assert.equal(
    [[0, 1], [0], [0, 1, 2]].map(chosen => isRight(many, chosen)),
    [true, false, false],
  )
})

test('a choice takes the place of the last when one answer is right, and joins it when several are', () => {
  assert.equal([hasSeveral(one), hasSeveral(many)], [false, true])
  assert.equal(choose(one, [0], 1), [1])
  assert.equal(choose(many, [1], 0), [0, 1])
  assert.equal(choose(many, [0, 1], 0), [1])
})

test('the score comes back when the browser kept it', () => {
  const browser = store()
  keepScore(browser, 'ch1', { root: [0], shared: [2] })
  const score = readScore(browser, 'ch1', quiz)
  assert.equal(score, { root: [0], shared: [2] })
  assert.is(countRight(quiz, score), 1)
})

test('what is not understood counts as nothing when the store holds something else', () => {
  for (const text of [null, 'no json', '[]', '{"root":7}', '{"root":[9]}', '{"gone":[0]}']) {
    assert.equal(readScore(store(text), 'ch1', quiz), {}, `${text}`)
  }
  const forbidden = {
    setItem(): void {
      throw new Error('forbidden')
    },
  }
  keepScore(forbidden, 'ch1', {})
})

test('mistakes are named when a quiz is written wrongly', () => {
  assert.equal(mistakesIn(quiz), [])
  const wrong: Quiz = {
    questions: [one, { id: 'root', text: '', answers: [{ text: 'x', right: false, because: '' }] }],
  }
  assert.equal(mistakesIn(wrong), [
    'root: the id is taken',
    'root: asks nothing',
    'root: fewer than two answers',
    'root: no answer is right',
    'root: answer 1 is empty',
  ])
})

test('each question is a fieldset with its legend, and tells its answers, when there is no script', async () => {
  for (const [lang, said] of [
    ['en-US', 'Answer'],
    ['zh-CN', '答案'],
  ] as const) {
    const theme = await openTheme(lang)
    try {
      const html = await theme.render('QuizView', { quiz, name: 'ch1' })
      assert.is(html.match(/<fieldset/g)?.length, 2)
      assert.is(html.match(/<legend/g)?.length, 2)
      assert.is(html.match(/type="radio"/g)?.length, 2)
      assert.is(html.match(/type="checkbox"/g)?.length, 3)
      assert.is(html.match(/<details/g)?.length, 2)
      const text = textOf(html)
      assert.ok(text.includes(said))
      for (const { because } of quiz.questions.flatMap(({ answers }) => answers))
        assert.ok(text.includes(because), because)
    } finally {
      await theme.close()
    }
  }
})

test.run()
