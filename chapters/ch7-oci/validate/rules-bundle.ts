/** Rules about a bundle: what its config.json names has to be on this machine. Source: runtime-spec, bundle.md and config.md. */

import { hookKinds } from '#core/spec/runtime'
import { isAbsolute, isBind } from './asked.js'
import { type Document, type Found, objectsAt, type Rule, textAt, textsAt } from './rule.js'

/** What a path leads to, links followed. */
export type Seen = 'directory' | 'file' | 'program' | 'other'

/** A bundle as rules see it. */
export interface Bundle extends Document {
  /** Whether config.json is there. */
  readonly hasConfig: boolean
  /** Absolute. */
  readonly directory: string
  /** @param path absolute @returns null where there is nothing */
  look(path: string): Seen | null
  /** The same inside the root file system: links do not lead out of it. */
  lookInRoot(path: string): Seen | null
}

/** Without a round through the file system: `a/./b/../c` → `a/c`; null where it leads out. */
export function inside(path: string): string | null {
  const way: string[] = []
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') way.push(name)
    else if (way.pop() === undefined) return null
  }
  return way.join('/')
}

export const fromBundle = (directory: string, path: string): string =>
  isAbsolute(path) ? path : `${directory}/${path}`

const rootOf = ({ json, directory }: Bundle): string | undefined => {
  const path = textAt(json, 'root.path')
  return path === undefined || path === '' ? undefined : fromBundle(directory, path)
}

function* hooksThat(
  { json }: Bundle,
  kinds: readonly string[],
  look: (path: string) => Seen | null,
  fails: (seen: Seen | null) => boolean,
): Iterable<Found> {
  for (const kind of kinds) {
    for (const { at, value } of textsAt(json, `hooks.${kind}[].path`)) {
      if (isAbsolute(value) && fails(look(value))) yield { at, found: value }
    }
  }
}
const outside = hookKinds.filter(kind => kind !== 'startContainer')
const isMissing = (seen: Seen | null): boolean => seen === null
const cannotRun = (seen: Seen | null): boolean => seen !== null && seen !== 'program'

export const bundleRules: readonly Rule<Bundle>[] = [
  {
    id: 'bundle-config',
    level: 'MUST',
    section: 'bundle.md#container-format',
    rule: 'MUST be there, in the top directory of the bundle',
    check: ({ hasConfig }) => (hasConfig ? [] : [{ at: '' }]),
  },
  {
    id: 'bundle-root',
    level: 'MUST',
    section: 'config.md#root',
    rule: 'MUST be a directory that exists',
    *check(bundle) {
      const root = rootOf(bundle)
      if (root !== undefined && bundle.look(root) !== 'directory')
        yield { at: 'root.path', found: textAt(bundle.json, 'root.path') }
    },
  },
  {
    id: 'bundle-one-directory',
    level: 'MUST',
    section: 'bundle.md#container-format',
    rule: 'MUST lie in the directory of the bundle when it is relative',
    *check({ json }) {
      const path = textAt(json, 'root.path') ?? ''
      if (!isAbsolute(path) && inside(path) === null) yield { at: 'root.path', found: path }
    },
  },
  {
    id: 'bundle-hook',
    level: 'MUST',
    section: 'config.md#posix-platform-hooks',
    rule: 'MUST be there, outside of the container',
    check: bundle => hooksThat(bundle, outside, path => bundle.look(path), isMissing),
  },
  {
    id: 'bundle-hook-program',
    level: 'MUST',
    section: 'config.md#posix-platform-hooks',
    rule: 'MUST be a file that can be executed',
    check: bundle => hooksThat(bundle, outside, path => bundle.look(path), cannotRun),
  },
  {
    id: 'bundle-hook-inside',
    level: 'SHOULD',
    section: 'config.md#startcontainer-hooks',
    rule: 'SHOULD be there, inside the container, as a file that can be executed: else a mount has to bring it',
    check: bundle =>
      hooksThat(
        bundle,
        ['startContainer'],
        path => bundle.lookInRoot(path),
        seen => seen !== 'program',
      ),
  },
  {
    id: 'bundle-bind-source',
    level: 'SHOULD',
    section: 'config.md#mounts',
    rule: 'SHOULD be there: a bind mount binds what exists',
    *check({ json, directory, look }) {
      for (const { at, value } of objectsAt(json, 'mounts[]')) {
        const { source } = value
        if (!isBind(value) || typeof source !== 'string' || source === '') continue
        if (look(fromBundle(directory, source)) === null) yield { at: `${at}.source`, found: source }
      }
    },
  },
  {
    id: 'bundle-namespace',
    level: 'SHOULD',
    section: 'config-linux.md#namespaces',
    rule: 'SHOULD be there: it is the file of a namespace to join',
    *check({ json, look }) {
      for (const { at, value } of textsAt(json, 'linux.namespaces[].path')) {
        if (isAbsolute(value) && look(value) === null) yield { at, found: value }
      }
    },
  },
]
