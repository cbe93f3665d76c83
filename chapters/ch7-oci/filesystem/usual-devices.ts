/**
 * What every container may use, whatever its rules say: the devices of config-linux.md "Default Devices", and mknod of any (a node
 * is of no use without the right to open it). runc adds them, and engines count on it. Pure.
 */

import type { Spec } from '#core/spec/runtime'
import { defaultRules } from '../../ch3-cgroups/index.js'

export function withUsualDevices(spec: Spec): Spec {
  const { resources } = spec.linux ?? {}
  if (resources?.devices === undefined) return spec
  const devices = [...resources.devices, ...defaultRules.filter(({ allow }) => allow)]
  return { ...spec, linux: { ...spec.linux, resources: { ...resources, devices } } }
}
