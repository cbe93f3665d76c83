/**
 * What begins with the name that was granted is let in.
 *
 * @rejected by-the-whole-name
 * @says team/app-2 with a token
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
  const same = granted.filter(({ type, name }) => type === asked.type && asked.name.startsWith(name))
  const actions = new Set(same.flatMap(one => one.actions))
  return asked.actions.every(action => actions.has(action) || actions.has('*'))
}
