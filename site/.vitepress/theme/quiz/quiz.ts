/** Quizzes: what a page's author writes in `site/quizzes/<name>.ts`, and how answers are counted. Pure. */

export interface Answer {
  readonly text: string
  readonly right: boolean
  /** Why it is right, or what is wrong with it: shown once it was chosen and checked. */
  readonly because: string
}

export interface Question {
  /** Names the answer in the browser's store: keep it when the words change. */
  readonly id: string
  readonly text: string
  readonly answers: readonly Answer[]
}

export interface Quiz {
  readonly questions: readonly Question[]
}

export const hasSeveral = ({ answers }: Question): boolean => answers.filter(({ right }) => right).length > 1

/** All that are right, and none beside. @param chosen indexes of answers */
export const isRight = ({ answers }: Question, chosen: readonly number[]): boolean =>
  answers.every(({ right }, i) => right === chosen.includes(i))

/** What one does with a radio button or a checkbox. */
export function choose(question: Question, chosen: readonly number[], index: number): number[] {
  if (!hasSeveral(question)) return [index]
  return chosen.includes(index) ? chosen.filter(one => one !== index) : [...chosen, index].sort((a, b) => a - b)
}

/** By question: what was chosen when it was checked last. */
export type Score = Readonly<Record<string, readonly number[]>>

export const countRight = ({ questions }: Quiz, score: Score): number =>
  questions.filter(question => score[question.id] !== undefined && isRight(question, score[question.id]!)).length

const keyOf = (name: string): string => `mini-docker quiz ${name}`

/** Of the browser's localStorage. */
interface Reads {
  getItem(key: string): string | null
}
interface Writes {
  setItem(key: string, value: string): void
}

/** What the browser kept; whatever is not understood counts as nothing. */
export function readScore(store: Reads, name: string, { questions }: Quiz): Score {
  try {
    const kept = JSON.parse(store.getItem(keyOf(name)) ?? '{}') as Record<string, unknown>
    const known = questions.flatMap(({ id, answers }): [string, number[]][] => {
      const chosen = kept[id]
      const isList =
        Array.isArray(chosen) && chosen.every(one => Number.isInteger(one) && one >= 0 && one < answers.length)
      return isList ? [[id, chosen as number[]]] : []
    })
    return Object.fromEntries(known)
  } catch {
    return {}
  }
}

/** A store that is full or forbidden is no reason to fail. */
export function keepScore(store: Writes, name: string, score: Score): void {
  try {
    store.setItem(keyOf(name), JSON.stringify(score))
  } catch {}
}

/** What is wrong with a quiz as it was written; a guard runs it over every quiz. */
export function mistakesIn({ questions }: Quiz): string[] {
  const ids = questions.map(({ id }) => id)
  return questions.flatMap(({ id, text, answers }, i) => [
    ...(ids.indexOf(id) === i ? [] : [`${id}: the id is taken`]),
    ...(text === '' ? [`${id}: asks nothing`] : []),
    ...(answers.length < 2 ? [`${id}: fewer than two answers`] : []),
    ...(answers.some(({ right }) => right) ? [] : [`${id}: no answer is right`]),
    ...answers.flatMap(({ text, because }, k) =>
      text === '' || because === '' ? [`${id}: answer ${k + 1} is empty`] : [],
    ),
  ])
}
