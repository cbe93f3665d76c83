/**
 * Who asks for everything is content with the three actions that are known.
 *
 * @rejected star-is-all-of-it
 * @says * where all three actions were granted: it is let in
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
  const same = granted.filter(({ type, name }) => type === asked.type && name === asked.name)
  const actions = new Set(same.flatMap(one => one.actions))
  const wanted = asked.actions.flatMap(action => (action === '*' ? ['pull', 'push', 'delete'] : [action]))
  return actions.has('*') || wanted.every(action => asked.type === 'repository' && actions.has(action))
}
