/**
 * Hooks that run on the host while the container is made: its namespaces are there, its root is not yet its root. `prestart` is what
 * createRuntime was called before 1.0.1, and comes first; engines lay the network in them. Source: config.md "POSIX-platform Hooks".
 */

import type { Pass } from '#core/plan/assemble'
import { hookKinds } from '#core/spec/runtime'

// #region part
/** @param state as hooks are told it, but for the pid */
export const runtimeHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  ({ hooks }) => {
    // #region solution
    const kinds = hookKinds.filter(kind => kind === 'prestart' || kind === 'createRuntime')
    return kinds.flatMap(kind =>
      (hooks?.[kind] ?? []).map(
        (hook, index) =>
          ({
            op: 'hook',
            kind,
            index,
            hook,
            state,
            phase: 'runtime-hooks',
            by: 'ch7.runtimeHooks',
            why: 'the namespaces are made, and the host is still mounted',
          }) as const,
      ),
    )
    // #endregion solution
  }
// #endregion part
