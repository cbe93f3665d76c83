/**
 * The devices that a container may use. v1 takes the rules one by one; v2 has no such files: a program of ours answers. Source:
 * config-linux.md "Allowed Device list".
 */

import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'
import type { DeviceRule } from '#core/spec/runtime'
import { directoriesOf, withController } from '../cgroup/directories.js'
import { deviceProgram } from './device-program.js'
import { isForAll, policyOf } from './device-rules.js'
import { writes } from './writes.js'

const by = 'ch3.devices'

/** Root of another user namespace than the machine's first may neither write there nor load a program. */
export const devices: Pass = (spec, facts): HostStep[] => {
  const rules = spec.linux?.resources?.devices ?? []
  const directories = directoriesOf(spec, facts)
  if (rules.length === 0 || facts.uid !== 0 || !facts.userNamespace.initial) return []
  const v1 = withController(directories, 'devices')
  if (v1 !== undefined) {
    const write = writes(by, v1.path, 'devices (--device-cgroup-rule)')
    return rules.flatMap(rule =>
      linesOf(rule).map(data =>
        write({
          file: rule.allow ? 'devices.allow' : 'devices.deny',
          data,
          why: isForAll(rule) ? 'the rule for all' : 'one exception',
        }),
      ),
    )
  }
  const v2 = directories.find(({ version }) => version === 2)
  if (v2 === undefined) return []
  return [
    {
      op: 'device_filter',
      phase: 'prepare',
      by,
      path: v2.path,
      program: deviceProgram(policyOf(rules)),
      why: `${rules.length} rules, as a program that the kernel asks about each device`,
    },
  ]
}

/**
 * devices.rst: `c 1:3 rwm`, with * for any number. `a` alone is everything, and so it is with numbers behind it, which the
 * kernel does not look at: who means both types but not all devices gets a line for each.
 */
function linesOf(rule: DeviceRule): string[] {
  if (isForAll(rule)) return ['a']
  const { type = 'a', major, minor, access } = rule
  const number = (given: number | undefined): string | number => (given === undefined || given < 0 ? '*' : given)
  const types = type === 'a' ? ['b', 'c'] : [type]
  return types.map(one => `${one} ${number(major)}:${number(minor)} ${access || 'rwm'}`)
}
