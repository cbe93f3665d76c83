/**
 * Counted over both lists: an error names a hook that nobody finds.
 *
 * @rejected each-as-it-is
 * @says it is called createRuntime 3
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    (['prestart', 'createRuntime'] as const)
      .flatMap(kind => (hooks?.[kind] ?? []).map((hook, index) => ({ ...at, kind, index, hook, state }) as const))
      .map((step, index) => ({ ...step, index }))
