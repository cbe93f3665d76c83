/**
 * It tells them that it is being created: the specification counts hooks after that point, and says created for it.
 *
 * @rejected told-the-state
 * @says 'status' is
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    (['prestart', 'createRuntime'] as const).flatMap(kind =>
      (hooks?.[kind] ?? []).map(
        (hook, index) => ({ ...at, kind, index, hook, state: { ...state, status: 'creating' } }) as const,
      ),
    )
