/** What pages ask components for is there: the build says nothing of a name that is not, and writes an empty place. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { filesBelow, readSource, repository } from '#support/repository'
import { parsePage } from '#support/site/markdown'

const stored = (directory: string, ending: string): string[] =>
  fs
    .readdirSync(`${repository}site/${directory}`)
    .filter(name => name.endsWith(ending))
    .map(name => name.slice(0, -ending.length))

const plans = stored('data/plans', '.json')
const casts = stored('casts', '.cast')
const quizzes = stored('quizzes', '.ts').filter(name => !name.endsWith('.zh'))
const chapters = ['ch1', 'ch2', 'ch3', 'ch4', 'ch5', 'ch6', 'ch7']

/** By component, the values that each of its properties may have. */
const known: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  PlanStepper: { plan: plans, mark: ['ch1', 'ch2', 'ch3', ...plans] },
  Cast: { name: casts },
  Quiz: { name: quizzes },
  ChapterDiff: { from: chapters, to: chapters },
  LabList: { of: chapters },
  NamespaceExplorer: {},
  CgroupBench: {},
  OverlayExplorer: {},
  RegistryExplorer: {},
  LifecycleMachine: {},
  EscapeRoom: {},
  ReadingTime: {},
}
const required: Readonly<Record<string, readonly string[]>> = {
  PlanStepper: ['plan'],
  Cast: ['name'],
  Quiz: ['name'],
  ChapterDiff: ['from', 'to'],
}
const components = filesBelow('site/.vitepress/theme', '.vue').map(file => /(\w+)\.vue$/.exec(file)![1]!)

/** What is wrong with `<Cast name="ch1-run" />`. */
function mistakesIn(tag: string): string[] {
  const name = /^<(\w+)/.exec(tag)![1]!
  if (!components.includes(name)) return [`there is no component ${name}`]
  const properties = [...tag.matchAll(/\s([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!] as const)
  const absent = (required[name] ?? []).filter(key => !properties.some(([other]) => other === key))
  return [
    ...absent.map(key => `${tag} says no ${key}`),
    ...properties.flatMap(([key, value]) => {
      const values = known[name]?.[key]
      if (values === undefined) return known[name] === undefined ? [] : [`${tag}: ${name} knows no ${key}`]
      return values.includes(value) ? [] : [`${tag}: there is no '${value}' among ${values.join(', ')}`]
    }),
  ]
}

const pages = [...filesBelow('site', '.md'), ...filesBelow('labs', '.md')]

test('what a page names is there when a component looks for it', () => {
  const mistakes = pages.flatMap(page =>
    parsePage(readSource(page)).components.flatMap(tag => mistakesIn(tag).map(mistake => `${page}: ${mistake}`)),
  )
  assert.equal(mistakes, [])
})

test('a quiz has its translation when a page of each language names it', () => {
  for (const name of quizzes) assert.ok(fs.existsSync(`${repository}site/quizzes/${name}.zh.ts`), name)
})

test('a cast has its text when it has its recording', () => {
  assert.equal(stored('casts', '.json'), casts)
})

test('a cast stands on a page when it is recorded', () => {
  const shown = pages.flatMap(page => parsePage(readSource(page)).components)
  assert.equal(
    casts.filter(name => !shown.includes(`<Cast name="${name}" />`)),
    [],
  )
})

test('a name that is not there is found when a page has it', () => {
  for (const tag of [
    '<Cast name="none" />',
    '<PlanStepper plan="none" />',
    '<PlanStepper />',
    '<Quiz title="ch1" name="ch1" />',
    '<Cats />',
  ]) {
    assert.is(mistakesIn(tag).length, 1, tag)
  }
  assert.equal(mistakesIn('<PlanStepper plan="ch2-container" mark="ch1" />'), [])
})

test.run()
