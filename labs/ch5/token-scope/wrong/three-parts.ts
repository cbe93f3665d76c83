/**
 * Cut at every colon: a host has a port.
 *
 * @rejected reads-scopes
 * @says registry.example:5000/team/app:pull
 */

import type { Scope } from '#chapters/ch5-registry/protocol/scope'

export function covers(granted: readonly Scope[], { type, name, actions }: Scope): boolean {
  const own = granted.filter(one => one.type === type && one.name === name).flatMap(one => one.actions)
  return actions.every(action => own.includes(action) || own.includes('*'))
}

export function parseScopes(text: string): Scope[] {
  return text.split(' ').flatMap(one => {
    const [type, name, actions] = one.split(':')
    const words = actions?.split(',').filter(Boolean) ?? []
    return type && name && words.length > 0 ? [{ type, name, actions: words }] : []
  })
}
