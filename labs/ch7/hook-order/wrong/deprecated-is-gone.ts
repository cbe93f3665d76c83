/**
 * prestart is deprecated, so it counts only where there is nothing else.
 *
 * @rejected host-hooks
 * @says prestart 0 is never called
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    (hooks?.createRuntime === undefined ? (['prestart'] as const) : (['createRuntime'] as const)).flatMap(kind =>
      (hooks?.[kind] ?? []).map((hook, index) => ({ ...at, kind, index, hook, state }) as const),
    )
