/**
 * The actions have to be the same, one for one.
 *
 * @rejected opens-what-was-granted
 * @says push and pull where pull and push were: it is refused
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
    ({ type, name, actions }) => type === asked.type && name === asked.name && actions.join() === asked.actions.join(),
  )
}
