/** The grader of ch5/token-scope: what was granted, what is asked for, and whether that is right. */

import type { Scope } from '#chapters/ch5-registry/protocol/scope'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { answerOf, ask, differ } from '../support/answers.js'
import { firstFailure } from '../support/plan-rows.js'
import { opensItsOwn, opensNothingElse } from './token-scope-effects.js'

const repository = (name: string, ...actions: readonly string[]): Scope => ({ type: 'repository', name, actions })
const app = 'team/app'

interface Door {
  readonly granted: readonly Scope[]
  readonly asked: Scope
  readonly opens: boolean
}
const door = (granted: readonly Scope[], asked: Scope, opens: boolean): Door => ({ granted, asked, opens })
type Doors = Readonly<Record<string, Door>>

const granted: Doors = {
  'pull where pull was granted': door([repository(app, 'pull')], repository(app, 'pull'), true),
  'push and pull where pull and push were': door(
    [repository(app, 'pull', 'push')],
    repository(app, 'push', 'pull'),
    true,
  ),
  'pull where more was granted': door([repository(app, 'pull', 'push', 'delete')], repository(app, 'pull'), true),
  'the catalog where it was granted': door(
    [{ type: 'registry', name: 'catalog', actions: ['*'] }],
    { type: 'registry', name: 'catalog', actions: ['*'] },
    true,
  ),
  'the second of two repositories': door(
    [repository('team/base', 'pull'), repository(app, 'pull')],
    repository(app, 'pull'),
    true,
  ),
}
const actions: Doors = {
  'push where pull was granted': door([repository(app, 'pull')], repository(app, 'push'), false),
  'delete where push was granted': door([repository(app, 'pull', 'push')], repository(app, 'delete'), false),
  'pull and push where pull was granted': door([repository(app, 'pull')], repository(app, 'pull', 'push'), false),
  'push and pull where pull was granted': door([repository(app, 'pull')], repository(app, 'push', 'pull'), false),
  'pull where nothing was granted': door([], repository(app, 'pull'), false),
  "'pull' where 'pull-all' was granted": door([repository(app, 'pull-all')], repository(app, 'pull'), false),
}
const names: Doors = {
  'another repository': door([repository(app, 'pull')], repository('team/other', 'pull'), false),
  'team/app-2 with a token for team/app': door([repository(app, 'pull')], repository('team/app-2', 'pull'), false),
  'team/app/debug with a token for team/app': door(
    [repository(app, 'pull')],
    repository('team/app/debug', 'pull'),
    false,
  ),
  'team with a token for team/app': door([repository(app, 'pull')], repository('team', 'pull'), false),
  'my/team/app with a token for team/app': door([repository(app, 'pull')], repository('my/team/app', 'pull'), false),
  'team/app with a token for team/*': door([repository('team/*', 'pull')], repository(app, 'pull'), false),
  'team/app with a token for *': door([repository('*', 'pull')], repository(app, 'pull'), false),
}
const types: Doors = {
  'the repository called catalog with a token for the catalog': door(
    [{ type: 'registry', name: 'catalog', actions: ['*'] }],
    repository('catalog', 'pull'),
    false,
  ),
  'a plugin with a token for the repository of its name': door(
    [repository(app, 'pull')],
    { type: 'repository(plugin)', name: app, actions: ['pull'] },
    false,
  ),
}
const together: Doors = {
  'pull and push, each granted in a scope of its own': door(
    [repository(app, 'pull'), repository('team/base', 'pull'), repository(app, 'push')],
    repository(app, 'pull', 'push'),
    true,
  ),
  'push here, where it was granted elsewhere': door(
    [repository(app, 'pull'), repository('team/base', 'pull', 'push')],
    repository(app, 'pull', 'push'),
    false,
  ),
  'push here, where it was granted elsewhere before': door(
    [repository('team/base', 'pull', 'push'), repository(app, 'pull')],
    repository(app, 'push'),
    false,
  ),
}
const star: Doors = {
  'delete where * was granted': door([repository(app, '*')], repository(app, 'delete'), true),
  'pull and push where pull and * were': door([repository(app, 'pull', '*')], repository(app, 'pull', 'push'), true),
  '* where all three actions were granted': door(
    [repository(app, 'pull', 'push', 'delete')],
    repository(app, '*'),
    false,
  ),
  'another repository where * was granted': door([repository(app, '*')], repository('team/other', 'pull'), false),
}
const all: Doors = { ...granted, ...actions, ...names, ...types, ...together, ...star }

/** One that is always let in, or never, knows nothing: each check has a door of the other kind beside its own. */
const judge =
  (doors: Doors, other: string) =>
  (evidence: Evidence): Failure | null =>
    firstFailure([...Object.keys(doors), other], name => {
      const { opens } = all[name]!
      if (answerOf<boolean>(evidence, name) === opens) return null
      return opens
        ? differ(`${name}: that is covered`, `${name}: it is refused`)
        : differ(`${name}: that is not covered`, `${name}: it is let in`)
    })

const texts: Readonly<Record<string, readonly Scope[]>> = {
  'repository:team/app:pull,push': [repository(app, 'pull', 'push')],
  'repository:registry.example:5000/team/app:pull': [repository('registry.example:5000/team/app', 'pull')],
  'repository:team/app:pull registry:catalog:*': [
    repository(app, 'pull'),
    { type: 'registry', name: 'catalog', actions: ['*'] },
  ],
  'repository(plugin):team/app:pull': [{ type: 'repository(plugin)', name: app, actions: ['pull'] }],
  'r:team/app:pull': [{ type: 'r', name: app, actions: ['pull'] }],
  'repository:team/app:pull,,push,': [repository(app, 'pull', 'push')],
}
const broken: readonly string[] = [
  '',
  'repository',
  'repository:team/app',
  ':team/app:pull',
  'repository::pull',
  'repository:team/app:',
  'repository:team/app:,',
  'a:',
  '::',
]
const shown = (scopes: readonly Scope[]): string =>
  scopes.length === 0 ? 'nothing' : scopes.map(scope => JSON.stringify(scope)).join(' and ')
const sameScopes = (found: readonly Scope[], right: readonly Scope[]): boolean =>
  found.length === right.length &&
  right.every(
    ({ type, name, actions: own }, i) =>
      found[i]!.type === type && found[i]!.name === name && found[i]!.actions.join(' ') === own.join(' '),
  )
const reads = (evidence: Evidence, text: string, right: readonly Scope[]): Failure | null => {
  const found = answerOf<Scope[]>(evidence, `the text '${text}'`)
  return sameScopes(found, right)
    ? null
    : differ(`'${text}' is ${shown(right)}`, `'${text}' is read as ${shown(found)}`)
}

export const grader: Grader = {
  lab: 'ch5/token-scope',
  about: [],
  around: {},
  cases: {},
  questions: Object.fromEntries([
    ...Object.entries(all).map(([name, one]) => [name, ask('covers', one.granted, one.asked)] as const),
    ...[...Object.keys(texts), ...broken].map(text => [`the text '${text}'`, ask('parseScopes', text)] as const),
  ]),
  checks: [
    {
      id: 'reads-scopes',
      rung: 'plan',
      title: 'a scope is read: type, name, actions, whatever colons the name has',
      points: 1,
      judge: evidence => firstFailure(Object.keys(texts), text => reads(evidence, text, texts[text]!)),
    },
    {
      id: 'broken-is-nothing',
      rung: 'plan',
      title: 'what is no scope allows nothing, and does not keep the others from being read',
      points: 1,
      judge: evidence =>
        firstFailure(broken, text => reads(evidence, text, [])) ??
        reads(evidence, 'repository:team/app:pull,push', texts['repository:team/app:pull,push']!),
    },
    {
      id: 'opens-what-was-granted',
      rung: 'plan',
      title: 'what was granted is covered, in any order, and with more beside it',
      points: 1,
      judge: judge(granted, 'another repository'),
    },
    {
      id: 'each-action',
      rung: 'plan',
      title: 'each action that is asked for was granted',
      points: 1,
      judge: judge(actions, 'pull where pull was granted'),
    },
    {
      id: 'by-the-whole-name',
      rung: 'plan',
      title: 'a repository is known by its whole name',
      points: 1,
      judge: judge(names, 'pull where pull was granted'),
    },
    {
      id: 'of-that-type',
      rung: 'plan',
      title: 'a name means nothing without its type',
      points: 1,
      judge: judge(types, 'pull where pull was granted'),
    },
    {
      id: 'taken-together',
      rung: 'plan',
      title: 'scopes for one thing count together, and for two things never',
      points: 1,
      judge: judge(together, 'another repository'),
    },
    {
      id: 'star-is-all-of-it',
      rung: 'plan',
      title: '* allows every action, there and nowhere else, and is more than those that are known',
      points: 1,
      judge: judge(star, 'another repository'),
    },
    {
      id: 'opens-its-own',
      rung: 'effect',
      title: 'a registry with your part lets a token do what it was given out for',
      points: 1,
      needs: [],
      judge: room => survived(() => opensItsOwn(room)),
    },
    {
      id: 'opens-nothing-else',
      rung: 'effect',
      title: 'and refuses it for another action, and in another repository',
      points: 1,
      needs: [],
      judge: room => survived(() => opensNothingElse(room)),
    },
  ],
}
