/**
 * One of the actions is enough: who may pull may push.
 *
 * @rejected each-action
 * @says pull and push where pull was granted: it is let in
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
  return asked.actions.some(action => actions.has(action) || actions.has('*'))
}
