/**
 * In the order in which config.json has the keys: JSON has none.
 *
 * @rejected prestart-first
 * @says in the case 'written the other way round'
 */

import type { Pass } from '#core/plan/assemble'

const at = { op: 'hook', phase: 'runtime-hooks', by: 'lab', why: 'the namespaces are made' } as const

export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) =>
    Object.entries(hooks ?? {}).flatMap(([kind, list]) =>
      kind === 'prestart' || kind === 'createRuntime'
        ? list.map((hook, index) => ({ ...at, kind, index, hook, state }) as const)
        : [],
    )
