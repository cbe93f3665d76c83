/**
 * Only what is needed to call it: without a time to end in, a hook that hangs holds the engine for ever.
 *
 * @rejected each-as-it-is
 * @says its timeout is
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    (['prestart', 'createRuntime'] as const).flatMap(kind =>
      (hooks?.[kind] ?? []).map(({ timeout: _, ...hook }, index) => ({ ...at, kind, index, hook, state }) as const),
    )
