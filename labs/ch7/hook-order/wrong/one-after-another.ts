/**
 * One hook of each list in turn.
 *
 * @rejected prestart-first
 * @says prestart 0, createRuntime 0
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    (['prestart', 'createRuntime'] as const)
      .flatMap(kind => (hooks?.[kind] ?? []).map((hook, index) => ({ ...at, kind, index, hook, state }) as const))
      .sort((a, b) => a.index - b.index)
