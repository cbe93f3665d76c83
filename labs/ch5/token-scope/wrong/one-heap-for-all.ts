/**
 * All actions of the token in one heap, whatever they were granted for.
 *
 * @rejected taken-together
 * @says push here, where it was granted elsewhere: it is let in
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
  const actions = new Set(granted.flatMap(one => one.actions))
  const known = granted.some(({ type, name }) => type === asked.type && name === asked.name)
  return known && asked.actions.every(action => actions.has(action) || (actions.has('*') && granted.length === 1))
}
