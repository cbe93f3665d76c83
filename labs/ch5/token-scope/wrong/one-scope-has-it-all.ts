/**
 * Looks for one scope that holds all of it.
 *
 * @rejected taken-together
 * @says each granted in a scope of its own: it is refused
 */

import type { Scope } from '#chapters/ch5-registry/protocol/scope'

export function parseScopes(text: string): Scope[] {
  return text.split(' ').flatMap(one => {
    const [, type, name, actions = ''] = /^([^:]+):(.+):([^:]+)$/.exec(one) ?? []
    const words = actions.split(',').filter(Boolean)
    return type === undefined || name === undefined || words.length === 0 ? [] : [{ type, name, actions: words }]
  })
}

export function covers(granted: readonly Scope[], asked: Scope): boolean {
  return granted.some(
    ({ type, name, actions }) =>
      type === asked.type &&
      name === asked.name &&
      asked.actions.every(action => actions.includes(action) || actions.includes('*')),
  )
}
