/**
 * Before there is anything: a network has no namespace to be laid into.
 *
 * @rejected when-it-is-due
 * @says in the phase prepare
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    (['prestart', 'createRuntime'] as const).flatMap(kind =>
      (hooks?.[kind] ?? []).map((hook, index) => ({ ...at, phase: 'prepare', kind, index, hook, state }) as const),
    )
