/**
 * Reads the first scope alone.
 *
 * @rejected reads-scopes
 * @says 'repository:team/app:pull registry:catalog:*' is read as
 */

import type { Scope } from '#chapters/ch5-registry/protocol/scope'

export function covers(granted: readonly Scope[], { type, name, actions }: Scope): boolean {
  const own = granted.filter(one => one.type === type && one.name === name).flatMap(one => one.actions)
  return actions.every(action => own.includes(action) || own.includes('*'))
}

export function parseScopes(text: string): Scope[] {
  const [, type, name, actions] = /^([^: ]+):([^ ]+):([^: ]+)/.exec(text) ?? []
  const words = actions?.split(',').filter(Boolean) ?? []
  return type && name && words.length > 0 ? [{ type, name, actions: words }] : []
}
