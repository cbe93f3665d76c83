/**
 * When all is made: the root of the container is not to be reached from the host any more.
 *
 * @rejected when-it-is-due
 * @says in the phase ready
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    (['prestart', 'createRuntime'] as const).flatMap(kind =>
      (hooks?.[kind] ?? []).map((hook, index) => ({ ...at, phase: 'ready', kind, index, hook, state }) as const),
    )
