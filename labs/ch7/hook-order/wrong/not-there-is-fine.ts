/**
 * A hook whose program is not there is passed over: the container runs without its network.
 *
 * @rejected none-forgiven
 * @says may end with ENOENT
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    (['prestart', 'createRuntime'] as const).flatMap(kind =>
      (hooks?.[kind] ?? []).map((hook, index) => ({ ...at, tolerate: ['ENOENT'], kind, index, hook, state }) as const),
    )
