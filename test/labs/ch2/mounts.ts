/** The grader of ch2/mounts. */

import { examples } from '#chapters/ch2-namespaces/examples'
import { parts } from '#chapters/ch2-namespaces/index'
import { mountOptions } from '#chapters/ch2-namespaces/mount-options'
import type { Step } from '#core/plan/step'
import type { Mount, Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'
import { malformed } from '#labs/runner/attempt/well-formed'
import { type Case, type Evidence, type Failure, type Grader, invariantCheck } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { isNewMount, playMounts } from '../support/mount-places.js'
import { firstFailure } from '../support/plan-rows.js'
import { kernelShowsThem, readOnlyToTheBottom } from './mounts-effects.js'

const hosts = '/run/containers/box/hosts'
const facts = { ...cannedFacts.v2, files: [hosts, '/srv/motd'] }
const { container } = examples
const withMounts = (...more: readonly Mount[]): Case => ({
  spec: { ...container, mounts: [...container.mounts!, ...more] },
  facts,
})
const cases: Readonly<Record<string, Case>> = {
  'a container': { spec: container, facts },
  'users of its own': { spec: examples.userns, facts },
  'a volume and a tmpfs': { spec: examples.volumes, facts },
  files: withMounts(
    { destination: '/etc/hosts', source: hosts, options: ['rbind', 'ro'] },
    { destination: '/new/place/motd', source: '/srv/motd', options: ['bind', 'nosuid', 'noexec'] },
  ),
  'mounts in mounts': withMounts(
    { destination: '/srv/deep/data', source: '/mnt', options: ['bind', 'noatime', 'nodev'] },
    { destination: '/srv/deep/data/scratch', type: 'tmpfs', options: ['ro', 'size=1m', 'mode=1777'] },
    { destination: '/srv', source: '/opt', options: ['rbind', 'rw', 'rexec'] },
  ),
  propagation: withMounts(
    { destination: '/listens', source: '/mnt', options: ['rbind', 'rslave', 'ro'] },
    { destination: '/speaks', type: 'tmpfs', source: 'tmpfs', options: ['shared'] },
    { destination: '/both', source: '/opt', options: ['bind', 'slave', 'rshared'] },
  ),
  'no mounts': { spec: { ...container, mounts: undefined } as unknown as Spec, facts },
}

const mountsOf = (name: string): readonly Mount[] => cases[name]!.spec.mounts ?? []

/** A mount of the spec, and the attempt's steps that are about it. */
interface Made {
  readonly mount: Mount
  readonly options: ReturnType<typeof mountOptions>
  readonly step: Step<'mount'>
  /** At its target, from there until something else is mounted on it. */
  readonly later: readonly Step[]
  readonly isBind: boolean
  /** Whether the op `propagation` names that place: its path is one of the host's. */
  readonly onHost: boolean
}

/** null where the mounts are not those of the spec: then `in-the-order-of-the-spec` says what is wrong. */
function madeIn({ steps: stepsIn }: Evidence, name: string): Made[] | null {
  const steps = stepsIn(name)
  const made = steps.flatMap((step, at) => (isNewMount(step) ? [{ step, at }] : []))
  const wanted = mountsOf(name)
  if (made.length !== wanted.length || wanted.some(({ destination }, i) => made[i]!.step.target !== destination))
    return null
  return wanted.map((mount, i) => {
    const { step, at } = made[i]!
    const next = made.find(other => other.at > at && other.step.target === step.target)?.at ?? steps.length
    const later = steps.slice(at + 1, next).filter(one => 'target' in one && one.target === step.target)
    const options = mountOptions(mount.options ?? [])
    const onHost = steps.some(one => one.op === 'propagation' && one.path === step.target)
    return { mount, options, step, later, isBind: options.flags.includes('MS_BIND'), onHost }
  })
}

const same = (a: readonly string[], b: readonly string[]): boolean => [...a].sort().join() === [...b].sort().join()
const list = (words: readonly string[]): string => (words.length === 0 ? 'none' : words.join(' '))
const attributes = (are: readonly string[]): string => (are.length === 0 ? 'none' : are.join(', '))

/** A failure about one mount, with the rows of its target. */
function about(evidence: Evidence, name: string, target: string, expected: string, found: string): Failure {
  const plan = evidence.plan(name)
  const rows = plan.steps.flatMap((step, index) =>
    (step.op === 'mount' || step.op === 'mount_setattr') && step.target === target ? [index] : [],
  )
  return { expected, found: `in the case '${name}', at ${target}: ${found}`, plan, rows }
}

/** Judges mount by mount; where they are not those of the spec nothing can be said. */
const eachMount =
  (judge: (made: Made) => readonly [expected: string, found: string] | null) =>
  (evidence: Evidence): Failure | null =>
    firstFailure(evidence.cases, name => {
      const all = madeIn(evidence, name)
      if (all === null)
        return {
          expected: 'the mounts of the spec',
          found: `in the case '${name}': others, so that they cannot be compared`,
        }
      for (const made of all) {
        const said = judge(made)
        if (said !== null) return about(evidence, name, made.step.target, ...said)
      }
      return null
    })

/** What mount_setattr leaves of each attribute, at the top and below it. In one call clearing comes first. */
function attributesAfter(steps: readonly Step[]): string[] {
  const state = new Map<string, string>()
  for (const step of steps) {
    if (step.op === 'mount' && step.flags.includes('MS_REMOUNT')) {
      for (const flag of step.flags) {
        if (/BIND|REMOUNT/.test(flag)) continue
        if (/(NO|STRICT)ATIME$/.test(flag)) state.set('_ATIME', 'cleared')
        state.set(flag.slice(3), 'set')
      }
    }
    if (step.op !== 'mount_setattr') continue
    for (const [attributes, is] of [
      [step.clear, 'cleared'],
      [step.set, 'set'],
    ] as const)
      for (const attribute of attributes)
        for (const depth of step.recursive ? ['', ' below'] : ['']) state.set(attribute.slice(11) + depth, is)
  }
  return [...state].map(([attribute, is]) => `${attribute} ${is}`)
}

const asSteps = (target: string, { changes }: ReturnType<typeof mountOptions>): Step[] =>
  changes.map(change => ({ op: 'mount_setattr', target, ...change, phase: 'root', by: '', why: '' }))

export const grader: Grader = {
  lab: 'ch2/mounts',
  around: parts,
  cases,
  questions: {
    directory: { export: 'mountPoint', args: [['/srv/deep/data', false]] },
    file: { export: 'mountPoint', args: [['/etc/deep/file', true]] },
  },
  about: ['mount'],
  checks: [
    invariantCheck('propagation-before-any-mount'),
    {
      id: 'in-the-order-of-the-spec',
      rung: 'plan',
      title: 'every mount of the spec is made, in its order, and no other',
      points: 1,
      judge: evidence =>
        firstFailure(evidence.cases, name => {
          if (madeIn(evidence, name) !== null) return null
          const plan = evidence.plan(name)
          const own = new Set(
            evidence
              .steps(name)
              .filter(isNewMount)
              .map(({ target }) => target),
          )
          const rows = plan.steps.flatMap((step, index) => (isNewMount(step) && own.has(step.target) ? [index] : []))
          const wanted = mountsOf(name).map(({ destination }) => destination)
          const found = evidence.steps(name).filter(isNewMount)
          return {
            expected: `mounts at ${list(wanted)}`,
            found: `in the case '${name}': ${list(found.map(({ target }) => target))}`,
            plan,
            rows,
          }
        }),
    },
    {
      id: 'a-place-to-mount-on',
      rung: 'plan',
      title: 'whatever the rootfs lacks of a mount point is made: directories, and a file for a file',
      points: 1,
      judge(evidence) {
        const expected = 'mkdir of each directory on the way, in a rootfs that has none; for a file an empty file'
        const played = firstFailure(evidence.cases, name => {
          const steps = evidence.steps(name)
          const { misplaced } = playMounts(steps, cases[name]!.facts.files)
          if (misplaced === null) return null
          const plan = evidence.plan(name)
          // the plan holds the attempt's steps in their own order, but marked with another name
          const own = plan.steps.flatMap((step, index) => (step.by === 'lab.mounts' ? [index] : []))
          return { expected, found: `in the case '${name}': ${misplaced.why}`, plan, rows: [own[misplaced.at]!] }
        })
        if (played !== null) return played
        for (const [question, path, kind] of [
          ['directory', '/srv/deep/data', 'directory'],
          ['file', '/etc/deep/file', 'file'],
        ] as const) {
          const answer = evidence.answer(question)
          const steps = 'value' in answer && malformed(answer.value) === null ? (answer.value as Step[]) : []
          const { places } = playMounts(steps, [])
          if (places.get(path) !== kind)
            return { expected, found: `mountPoint('${path}', …) makes no ${kind} of that name` }
        }
        return firstFailure(evidence.cases, name => {
          const plan = evidence.plan(name)
          const rows = plan.steps.flatMap((step, index) => {
            if (step.by !== 'lab.mounts' || (step.op !== 'mkdir' && step.op !== 'mknod')) return []
            const readable = step.op === 'mkdir' ? 0o755 : 0o644
            return step.mode === readable && !(step.op === 'mknod' && step.type !== 'file') ? [] : [index]
          })
          return rows.length === 0
            ? null
            : {
                expected: 'places that all may look at and root alone may change: 0755, a file 0644',
                found: `in the case '${name}': other modes`,
                plan,
                rows,
              }
        })
      },
    },
    {
      id: 'what-is-there-already',
      rung: 'plan',
      about: ['mkdir', 'mknod'],
      title: 'a mount point that is there already is as good as one that was made',
      points: 1,
      judge: evidence =>
        firstFailure(evidence.cases, name => {
          const plan = evidence.plan(name)
          const rows = plan.steps.flatMap((step, index) =>
            step.by === 'lab.mounts' &&
            (step.op === 'mkdir' || step.op === 'mknod') &&
            step.tolerate?.includes('EEXIST') !== true
              ? [index]
              : [],
          )
          return rows.length === 0
            ? null
            : {
                expected: 'a start in a rootfs that has the place, as at every second start: EEXIST is tolerated',
                found: `in the case '${name}': the container starts once, and then never again`,
                plan,
                rows,
              }
        }),
    },
    {
      id: 'as-the-spec-says',
      rung: 'plan',
      title: 'type, source, flags and data of each mount are those of the spec',
      points: 1,
      judge: eachMount(({ mount, options, step, later, isBind }) => {
        if (isBind) {
          if (step.source !== mount.source) return [`a bind of ${mount.source}`, `of ${step.source}`]
          if (step.fstype !== null || step.data !== null) return ['a bind has no type and no data: null', 'it has']
          const deep = options.flags.includes('MS_REC')
          if (step.flags.includes('MS_REC') === deep) return null
          return deep
            ? ["rbind: the host's mounts below the source come along (MS_REC)", 'empty directories in their places']
            : ['bind: the one mount, without what is mounted below it', 'MS_REC']
        }
        const wanted = mount.source ?? mount.type!
        if (step.fstype !== mount.type) return [`type ${mount.type}`, `type ${step.fstype}`]
        if (step.source === null || (mount.source !== undefined && step.source !== mount.source))
          return [`source ${wanted}: mountinfo has a column for it`, `source ${step.source}`]
        const set = later.flatMap(one => (one.op === 'mount_setattr' ? one.set : []))
        const flags = [...new Set([...step.flags, ...set.map(name => name.replace('MOUNT_ATTR_', 'MS_'))])]
        if (!same(flags, options.flags)) return [`flags ${list(options.flags)}`, `flags ${list(flags)}`]
        const words = (data: string | null): string[] => data?.split(',') ?? []
        return same(words(step.data), words(options.data))
          ? null
          : [`data ${options.data}: what is no flag is for the file system`, `data ${step.data}`]
      }),
    },
    {
      id: 'flags-in-a-second-call',
      rung: 'plan',
      title: 'a bind mount gets its flags, and those of its submounts, once it is there',
      points: 1,
      judge: eachMount(({ mount, options, step, later, isBind }) => {
        if (!isBind) return null
        const wanted = attributesAfter(asSteps(step.target, options))
        const found = attributesAfter(later)
        if (same(wanted, found)) return null
        const early = step.flags.filter(flag => flag !== 'MS_BIND' && flag !== 'MS_REC')
        const ignored = found.length === 0 && early.length > 0
        return [
          `${(mount.options ?? []).join(',')}: once it is there, mount_setattr leaves: ${attributes(wanted)}`,
          ignored ? `${early.join(' ')} in the call that binds, which ignores it` : `it leaves: ${attributes(found)}`,
        ]
      }),
    },
    {
      id: 'propagation',
      rung: 'plan',
      title: 'each word on propagation is a call of its own, after the mount',
      points: 1,
      judge: eachMount(({ options, later, onHost }) => {
        const calls = later.filter(
          (step): step is Step<'mount'> => step.op === 'mount' && !step.flags.includes('MS_REMOUNT'),
        )
        const wanted = options.propagation.map(flags => list([...flags].sort()))
        const found = calls.map(({ flags }) => list([...flags].sort()))
        if (wanted.join(', ') !== found.join(', '))
          return [
            `mount(NULL, …, NULL, flags) with ${list(wanted)}`,
            onHost
              ? "the op propagation, whose path is one of the host's: a target is resolved inside the rootfs"
              : `with ${list(found)}`,
          ]
        return calls.every(({ source, data }) => source === null && data === null)
          ? null
          : ['no source and no data: null', 'they are there']
      }),
    },
    {
      id: 'kernel-shows-them',
      rung: 'effect',
      title: 'the mounts are in /proc/self/mountinfo of a real container, with their options',
      points: 1,
      needs: [],
      judge: room => survived(() => kernelShowsThem(room)),
    },
    {
      id: 'read-only-to-the-bottom',
      rung: 'effect',
      title: 'a read-only volume cannot be written to, not in what is mounted below it either',
      points: 1,
      needs: ['mount'],
      judge: room => survived(() => readOnlyToTheBottom(room)),
    },
  ],
}
