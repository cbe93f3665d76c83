/**
 * As it was before there was createRuntime.
 *
 * @rejected host-hooks
 * @says createRuntime 0 is never called
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    (['prestart'] as const).flatMap(kind =>
      (hooks?.[kind] ?? []).map((hook, index) => ({ ...at, kind, index, hook, state }) as const),
    )
