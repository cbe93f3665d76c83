/**
 * A scope without an action is kept.
 *
 * @rejected broken-is-nothing
 * @says 'repository:team/app:' is read as
 */

import type { Scope } from '#chapters/ch5-registry/protocol/scope'

export function covers(granted: readonly Scope[], { type, name, actions }: Scope): boolean {
  const own = granted.filter(one => one.type === type && one.name === name).flatMap(one => one.actions)
  return actions.every(action => own.includes(action) || own.includes('*'))
}

export function parseScopes(text: string): Scope[] {
  return text.split(' ').flatMap(one => {
    const [, type, name, actions] = /^([^:]+):(.+):(.*)$/.exec(one) ?? []
    if (type === undefined || name === undefined || actions === undefined) return []
    return [{ type, name, actions: actions.split(',').filter(Boolean) }]
  })
}
