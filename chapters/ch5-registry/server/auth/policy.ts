/**
 * Who may do what where, as a file says it:
 *
 *     { "groups": { "devs": ["ann", "bob"] },
 *       "rules": [ { "who": ["anonymous"], "repositories": ["public/**"], "may": ["pull"] },
 *                  { "who": ["group:devs"], "repositories": ["team/*"], "may": ["pull", "push"] },
 *                  { "who": ["user:ann"], "repositories": ["**"], "may": ["pull", "push", "delete"] } ] }
 *
 * What no rule allows is not allowed. `anonymous` is everybody, with a name or without; `users` is all who have one. `*` stands
 * for a part of a name, `**` for several.
 */

import { fail } from '#core/errors'
import type { Action } from '../../protocol/routes.js'

export interface Rule {
  readonly who: readonly string[]
  readonly repositories: readonly string[]
  readonly may: readonly Action[]
}

export interface Policy {
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly rules: readonly Rule[]
}

const actions: readonly string[] = ['pull', 'push', 'delete']

/** Without a file: who has a name may everything, and others nothing. */
export const usersMayAll: Policy = {
  groups: {},
  rules: [{ who: ['users'], repositories: ['**'], may: ['pull', 'push', 'delete'] }],
}

/** @param user null: nobody has said a name */
export function allowed({ groups, rules }: Policy, user: string | null, repository: string): ReadonlySet<Action> {
  const isMeant = (who: string): boolean => {
    if (who === 'anonymous') return true
    if (user === null) return false
    if (who === 'users' || who === `user:${user}`) return true
    const group = who.startsWith('group:') ? who.slice('group:'.length) : ''
    return Object.hasOwn(groups, group) && groups[group]!.includes(user)
  }
  const meant = rules.filter(rule => rule.who.some(isMeant) && rule.repositories.some(glob => fits(glob, repository)))
  return new Set(meant.flatMap(({ may }) => may))
}

/** Parts by slashes: `*` has none in it. */
export function fits(glob: string, repository: string): boolean {
  const parts = glob.split(/(\*\*|\*)/)
  const source = parts.map(part => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[^\w/]/g, '\\$&')))
  return new RegExp(`^${source.join('')}$`).test(repository)
}

/** @throws MiniDockerError FailedPrecondition, and says where the file is wrong */
export function parsePolicy(path: string, text: string): Policy {
  const wrong = (why: string): never =>
    fail('FailedPrecondition', {
      what: `policy '${path}'`,
      why,
      hint: '{"groups":{"devs":["ann"]},"rules":[{"who":["group:devs"],"repositories":["team/**"],"may":["pull","push"]}]}',
    })
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return wrong('is no JSON')
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return wrong('is no JSON object')
  const { groups = {}, rules, ...others } = document as Partial<Record<string, unknown>>
  const [other] = Object.keys(others)
  if (other !== undefined) return wrong(`has a key '${other}' that is unknown`)
  if (!Array.isArray(rules)) return wrong('has no list of rules')
  if (typeof groups !== 'object' || groups === null || !Object.values(groups).every(isTexts)) {
    return wrong('its groups are no lists of users')
  }
  const known = groups as Policy['groups']
  for (const [at, rule] of rules.entries()) {
    const { who, repositories, may, ...more } = (rule ?? {}) as Partial<Record<string, unknown>>
    const [unknown] = Object.keys(more)
    if (unknown !== undefined) return wrong(`rules[${at}] has a key '${unknown}' that is unknown`)
    if (!isTexts(who) || !isTexts(repositories) || !isTexts(may)) {
      return wrong(`rules[${at}] is not of three lists: who, repositories, may`)
    }
    const stranger = who.find(one => !/^(?:anonymous|users|user:.+|group:.+)$/.test(one))
    if (stranger !== undefined) return wrong(`rules[${at}]: '${stranger}' is not anonymous, users, user:… or group:…`)
    const nowhere = who.find(one => one.startsWith('group:') && !Object.hasOwn(known, one.slice('group:'.length)))
    if (nowhere !== undefined) return wrong(`rules[${at}]: there is no ${nowhere}`)
    const odd = may.find(action => !actions.includes(action))
    if (odd !== undefined) return wrong(`rules[${at}]: '${odd}' is not ${actions.join(', ')}`)
  }
  return { groups: known, rules: rules as Rule[] }
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(one => typeof one === 'string' && one !== '')
