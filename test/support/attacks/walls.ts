/**
 * What stands between a container and the host: each wall with what takes it away, by the chapter's own parts. A wall is gone where
 * its wish is missing from the spec, or where its steps are replaced by what was done before there was it.
 */

import type { Step } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import type { WallName } from '../../../site/.vitepress/theme/toys/escape-data.js'

export interface Wall {
  /** Where it is built. */
  readonly chapter: string
  readonly file: string
  /** The spec without the wish for it. */
  readonly spec?: (spec: Spec) => Spec
  /** What is done in the place of a step. */
  readonly step?: (step: Step, spec: Spec) => readonly Step[]
}

const withoutNamespace =
  (flag: 'CLONE_NEWPID' | 'CLONE_NEWCGROUP') =>
  (step: Step): readonly Step[] =>
    step.op === 'unshare' ? [{ ...step, flags: step.flags.filter(one => one !== flag) }] : [step]

export const walls: Readonly<Record<WallName, Wall>> = {
  'pivot-root': {
    chapter: 'ch2',
    file: 'chapters/ch2-namespaces/pivot-root.ts',
    step: step => {
      const { phase, by, why } = step
      if (step.op === 'pivot_root') return [{ op: 'chroot', path: '.', phase, by, why }]
      return step.op === 'umount' ? [] : [step]
    },
  },
  'targets-by-fd': {
    chapter: 'ch2',
    file: 'native/resolve.c',
    step: (step, { root }) => {
      if (step.op === 'mkdir') return [{ ...step, op: 'mkdir_plain', path: root.path + step.target }]
      if (step.op === 'mount') return [{ ...step, op: 'mount_root', path: root.path + step.target } as Step]
      return [step]
    },
  },
  'pid-namespace': {
    chapter: 'ch2',
    file: 'chapters/ch2-namespaces/isolate.ts',
    step: withoutNamespace('CLONE_NEWPID'),
  },
  'cgroup-namespace': {
    chapter: 'ch3',
    file: 'chapters/ch3-cgroups/cgroup/gate.ts',
    step: withoutNamespace('CLONE_NEWCGROUP'),
  },
  'pids-limit': {
    chapter: 'ch3',
    file: 'chapters/ch3-cgroups/limits/v2.ts',
    step: step => (step.op === 'write_cgroup' && step.path.endsWith('/pids.max') ? [] : [step]),
  },
  'device-rules': {
    chapter: 'ch3',
    file: 'chapters/ch3-cgroups/limits/devices.ts',
    step: step => (step.by === 'ch3.devices' ? [] : [step]),
  },
  capabilities: {
    chapter: 'ch7',
    file: 'chapters/ch7-oci/process/capabilities.ts',
    step: step => (step.by === 'ch7.capabilities' ? [] : [step]),
  },
  'no-new-privs': {
    chapter: 'ch7',
    file: 'chapters/ch7-oci/process/no-new-privileges.ts',
    // with it the filter goes to where it takes rights
    spec: spec => ({ ...spec, process: { ...spec.process, noNewPrivileges: false } }),
  },
  seccomp: {
    chapter: 'ch7',
    file: 'chapters/ch7-oci/seccomp/set-filter.ts',
    step: step => (step.op === 'seccomp' ? [] : [step]),
  },
  'readonly-paths': {
    chapter: 'ch7',
    file: 'chapters/ch7-oci/filesystem/masks.ts',
    step: step => (step.op === 'readonly_path' ? [] : [step]),
  },
  'null-device': {
    chapter: 'ch7',
    file: 'native/mask.c',
    // by a path of the host, where it is still in sight: the plan's own invariants let none pass behind pivot_root
    step: (step, { root }) => {
      if (step.op !== 'mask') return [step]
      const { by, why, target } = step
      const source = `${root.path}/dev/null`
      return [{ op: 'mount', source, target, fstype: null, flags: ['MS_BIND'], data: null, phase: 'root', by, why }]
    },
  },
  'check-cwd': {
    chapter: 'ch7',
    file: 'chapters/ch7-oci/process/check-cwd.ts',
    step: step => (step.op === 'check_cwd' ? [] : [step]),
  },
  'sealed-copy': { chapter: 'ch7', file: 'core/sys/spawn.ts' },
}

/** @param without the walls that are left out */
export const specWithout = (spec: Spec, without: readonly WallName[]): Spec =>
  without.reduce((now, name) => walls[name].spec?.(now) ?? now, spec)

export const stepsWithout = (steps: readonly Step[], spec: Spec, without: readonly WallName[]): Step[] =>
  without.reduce<readonly Step[]>(
    (now, name) => now.flatMap(step => walls[name].step?.(step, spec) ?? [step]),
    steps,
  ) as Step[]
