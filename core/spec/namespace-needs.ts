/** Fields of a spec that make sense in a namespace of its own alone. Source: config.md, config-linux.md. */

import type { NamespaceType, Spec } from './runtime.js'

type Need = readonly [field: string, type: NamespaceType, isSet: (spec: Spec) => boolean]

/** What would change the host's own, were the namespace not asked for. */
export const needs: readonly Need[] = [
  ['hostname', 'uts', spec => spec.hostname !== undefined],
  ['domainname', 'uts', spec => spec.domainname !== undefined],
  ['linux.uidMappings', 'user', spec => (spec.linux?.uidMappings ?? []).length > 0],
  ['linux.gidMappings', 'user', spec => (spec.linux?.gidMappings ?? []).length > 0],
  ['linux.netDevices', 'network', spec => Object.keys(spec.linux?.netDevices ?? {}).length > 0],
  ['linux.timeOffsets', 'time', spec => Object.keys(spec.linux?.timeOffsets ?? {}).length > 0],
]

/** What would be mounted on the host. */
export const mounting: readonly Need[] = [
  ['mounts', 'mount', spec => (spec.mounts ?? []).length > 0],
  ['root.readonly', 'mount', spec => spec.root.readonly === true],
]
