/**
 * A word is looked for in the text of all words.
 *
 * @rejected each-action
 * @says 'pull' where 'pull-all' was granted
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
  const text = same.flatMap(one => one.actions).join()
  return same.length > 0 && asked.actions.every(action => text.includes(action) || text.includes('*'))
}
