/**
 * From the end of each list, as one cleans up.
 *
 * @rejected prestart-first
 * @says prestart 2, prestart 1, prestart 0
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    (['prestart', 'createRuntime'] as const).flatMap(kind =>
      (hooks?.[kind] ?? []).map((hook, index) => ({ ...at, kind, index, hook, state }) as const).reverse(),
    )
