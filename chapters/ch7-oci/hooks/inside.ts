/**
 * Hooks that run in the container's namespaces: createContainer while the host's files are still in sight, startContainer when
 * the container's own are all there is. Who runs one joins as exec does. Source: config.md "POSIX-platform Hooks".
 */

import type { Pass } from '#core/plan/assemble'
import type { Spec } from '#core/spec/runtime'
import type { CloneFlag } from '#core/sys/constants'
import { namespaceFlags } from '../namespaces/join.js'

/** Those that init has of its own, or shares with a container that was there before. */
export const namespacesOf = ({ linux }: Pick<Spec, 'linux'>): CloneFlag[] =>
  (linux?.namespaces ?? []).map(({ type }) => namespaceFlags.get(type)!)

/** @param state as hooks are told it, but for the pid */
export const containerHooks =
  (state: Readonly<Record<string, unknown>>): Pass =>
  spec =>
    (spec.hooks?.createContainer ?? []).map((hook, index) => ({
      op: 'hook',
      kind: 'createContainer',
      index,
      hook,
      state,
      inside: namespacesOf(spec),
      phase: 'runtime-hooks',
      by: 'ch7.containerHooks',
      why: 'in the namespaces of the container, and its files are not yet all that it sees',
    }))
