/**
 * The API as data: one row an endpoint. The server dispatches by it, the client makes its paths of it, the page prints it.
 * Source: distribution-spec "Endpoints"; `_catalog` is Docker's.
 */

export type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
export type Resource = 'base' | 'catalog' | 'tags' | 'manifest' | 'blob' | 'uploads' | 'upload' | 'referrers'
/** What a token has to allow: token scope "Resource Actions". */
export type Action = 'pull' | 'push' | 'delete'

export interface Route {
  readonly resource: Resource
  /** `<name>` is a repository, which has slashes; the others have none. */
  readonly path: string
  readonly methods: Readonly<Partial<Record<Method, Action | null>>>
}

// #region routes
export const routes: readonly Route[] = [
  { resource: 'base', path: '/v2/', methods: { GET: null, HEAD: null } },
  { resource: 'catalog', path: '/v2/_catalog', methods: { GET: null } },
  { resource: 'tags', path: '/v2/<name>/tags/list', methods: { GET: 'pull' } },
  {
    resource: 'manifest',
    path: '/v2/<name>/manifests/<reference>',
    methods: { GET: 'pull', HEAD: 'pull', PUT: 'push', DELETE: 'delete' },
  },
  { resource: 'uploads', path: '/v2/<name>/blobs/uploads/', methods: { POST: 'push' } },
  {
    resource: 'upload',
    path: '/v2/<name>/blobs/uploads/<reference>',
    methods: { GET: 'push', PATCH: 'push', PUT: 'push', DELETE: 'push' },
  },
  { resource: 'blob', path: '/v2/<name>/blobs/<reference>', methods: { GET: 'pull', HEAD: 'pull', DELETE: 'delete' } },
  { resource: 'referrers', path: '/v2/<name>/referrers/<reference>', methods: { GET: 'pull' } },
]
// #endregion routes

export interface Match {
  readonly route: Route
  readonly name: string
  readonly reference: string
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const nameRule = new RegExp(`^${component}(?:/${component})*$`)
const NAME_MAX = 255

/** distribution-spec "Pulling manifests": <name>. */
export const isRepository = (name: string): boolean => name.length <= NAME_MAX && nameRule.test(name)
export const isTag = (text: string): boolean => /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(text)

const compiled = routes.map(route => {
  const source = route.path.replace('<name>', '(?<name>.+)').replace('<reference>', '(?<reference>[^/]*)')
  return { route, rule: new RegExp(`^${source.replace(/\/$/, '/?')}$`) }
})

/** @param path without a query, percent-decoded; null for what is none of the API's. Names are not judged here. */
export function matchRoute(path: string): Match | null {
  for (const { route, rule } of compiled) {
    const groups = rule.exec(path)?.groups
    if (groups !== undefined || rule.test(path)) {
      return { route, name: groups?.name ?? '', reference: groups?.reference ?? '' }
    }
  }
  return null
}

export function pathOf(resource: Resource, name = '', reference = ''): string {
  const route = routes.find(one => one.resource === resource)!
  return route.path.replace('<name>', name).replace('<reference>', encodeURIComponent(reference).replaceAll('%3A', ':'))
}
