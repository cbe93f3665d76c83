/**
 * Every hook there is, at once: hooks of the end are called at the beginning.
 *
 * @rejected host-hooks
 * @says createContainer hooks are called
 */

import type { Pass } from '#core/plan/assemble'
import { hookKinds } from '#core/spec/runtime'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    hookKinds.flatMap(kind =>
      (hooks?.[kind] ?? []).map((hook, index) => ({ ...at, kind, index, hook, state }) as const),
    )
