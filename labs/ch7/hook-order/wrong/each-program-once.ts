/**
 * The same program twice is taken for a mistake: but it is called with other arguments.
 *
 * @rejected host-hooks
 * @says prestart 2 is never called
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    (['prestart', 'createRuntime'] as const).flatMap(kind =>
      (hooks?.[kind] ?? [])
        .filter(({ path }, i, all) => all.findIndex(one => one.path === path) === i)
        .map((hook, index) => ({ ...at, kind, index, hook, state }) as const),
    )
