/**
 * What a token is good for: `repository:team/app:pull,push`. Source: distribution's "Docker Registry Token Scope and Access",
 * the grammar of `scope`.
 */

export interface Scope {
  /** `repository`, with a class in parentheses where it has one, or `registry`. */
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

// #region part
/** Scopes of one `scope` parameter, which spaces part; what is none is left out: it allows nothing. */
export function parseScopes(text: string): Scope[] {
  // #region solution-parse
  return text.split(' ').flatMap(one => {
    // a repository's name may begin with a host, and that have a port: the outer colons are the grammar's
    const [first, last] = [one.indexOf(':'), one.lastIndexOf(':')]
    const [type, name] = [one.slice(0, first), one.slice(first + 1, last)]
    const actions = one
      .slice(last + 1)
      .split(',')
      .filter(Boolean)
    return first > 0 && name !== '' && actions.length > 0 ? [{ type, name, actions }] : []
  })
  // #endregion solution-parse
}

/** Whether what was granted holds all that is asked for: the same thing, by its whole name, and each of the actions. */
export function covers(granted: readonly Scope[], asked: Scope): boolean {
  // #region solution
  const same = granted.filter(({ type, name }) => type === asked.type && name === asked.name)
  const actions = new Set(same.flatMap(({ actions }) => actions))
  return asked.actions.every(action => actions.has(action) || actions.has('*'))
  // #endregion solution
}
// #endregion part

export const formatScope = ({ type, name, actions }: Scope): string => `${type}:${name}:${actions.join(',')}`

export const repositoryScope = (name: string, ...actions: readonly string[]): Scope => ({
  type: 'repository',
  name,
  actions,
})
