/**
 * createRuntime before prestart: what the new one needs of the old one is not there.
 *
 * @rejected prestart-first
 * @says createRuntime 0, createRuntime 1, createRuntime 2, prestart 0
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    (['createRuntime', 'prestart'] as const).flatMap(kind =>
      (hooks?.[kind] ?? []).map((hook, index) => ({ ...at, kind, index, hook, state }) as const),
    )
