/**
 * It tells them what it holds for important.
 *
 * @rejected told-the-state
 * @says it is not there
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    (['prestart', 'createRuntime'] as const).flatMap(kind =>
      (hooks?.[kind] ?? []).map(
        (hook, index) =>
          ({ ...at, kind, index, hook, state: { id: state.id, bundle: state.bundle, status: state.status } }) as const,
      ),
    )
