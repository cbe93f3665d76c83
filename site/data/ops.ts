/** The table of ops for the reference: every row of core/plan/ops, with a step of it out of a real plan. */

// cspell:words IOPRIO nosuid nodev tmpcopyup

import { ch1, escapeParts as escapeFromCh1 } from '#chapters/ch1-chroot/index'
import { ch2 } from '#chapters/ch2-namespaces/index'
import { joinParts } from '#chapters/ch2-namespaces/join'
import { connectedExamples } from '#chapters/ch2-namespaces/network/examples'
import { exampleHost } from '#chapters/ch2-namespaces/network/host-network'
import { sharedBridge } from '#chapters/ch2-namespaces/network/shared-bridge'
import { sharedParents } from '#chapters/ch3-cgroups/cgroup/shared-parents'
import { ch3 } from '#chapters/ch3-cgroups/index'
import { bandwidth } from '#chapters/ch3-cgroups/network/bandwidth'
import { imageRoot } from '#chapters/ch4-images/container/image-root'
import type { RootMount } from '#chapters/ch4-images/snapshot/snapshotter'
import { containerHooks } from '#chapters/ch7-oci/hooks/inside'
import { runtimeHooks } from '#chapters/ch7-oci/hooks/runtime-hooks'
import { ch7 } from '#chapters/ch7-oci/index'
import { gateParts } from '#chapters/ch7-oci/lifecycle/exec-fifo'
import { netDevices } from '#chapters/ch7-oci/namespaces/net-devices'
import { withAffinity } from '#chapters/ch7-oci/process/affinity'
import { sessionKeyring } from '#chapters/ch7-oci/process/attributes'
import { preserveFds } from '#chapters/ch7-oci/process/preserve-fds'
import { defaultProfile } from '#chapters/ch7-oci/seccomp/default-profile'
import { type Parts, passesOf } from '#core/chapter'
import { collect } from '#core/plan/assemble'
import { childOps, hostOps, inverseOf, isHostStep, words } from '#core/plan/ops'
import type { Lane } from '#core/plan/phase'
import type { ChildOp, HostOp, HostStep, Step } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import { cannedFacts, type Facts } from '#core/sys/facts'
import { manUrl } from './man-page.js'

export interface OpRow {
  readonly op: string
  readonly lane: Lane
  readonly man: string
  readonly manUrl: string
  /** Names of system calls in order; `?` may be missing, `+` once or more. Absent where Node performs it. */
  readonly calls?: string
  readonly stays?: string
  readonly sample?: string
  readonly why?: string
  /** The passes that use it, as `ch2.mounts`. */
  readonly by: readonly string[]
  /** The steps that take the sample back. */
  readonly inverse: readonly string[]
}

const process = { args: ['sh'], env: ['PATH=/bin'], cwd: '/', user: { uid: 0, gid: 0 } }
const root = { path: '/rootfs' }
const joined = { pid: 4711, flags: ['CLONE_NEWUSER', 'CLONE_NEWNS', 'CLONE_NEWPID'] as const, setgroupsDenied: false }
const { v1, v2 } = cannedFacts
const ordinary: Facts = { ...v2, uid: 1000, gid: 1000 }
const { examples } = ch2
const rates = { in: { rate: 10_000_000, burst: 32_768 }, out: { rate: 2_000_000, burst: 32_768 } }

/** Three layers, and a place to write in. */
const stack: RootMount = {
  type: 'overlay',
  base: '/var/lib/mini-docker/snapshots/overlay',
  lower: ['3/fs', '2/fs', '1/fs'],
  upper: '4/fs',
  work: '4/work',
  options: ['index=off', 'metacopy=off', 'redirect_dir=off'],
}
const ofImage = { ...ch3.parts, enterRoot: imageRoot(stack) }
const mapped: Spec = { ...examples.container!, linux: examples.userns!.linux! }

/** One that has a bit of all that chapter 7 adds, and how `create` makes it. */
const ofAll: Spec = {
  ...ch3.examples.group!,
  process: {
    ...process,
    user: { uid: 1000, gid: 1000 },
    cwd: '/srv',
    noNewPrivileges: true,
    capabilities: { bounding: ['CAP_KILL'], effective: ['CAP_KILL'], permitted: ['CAP_KILL'] },
    scheduler: { policy: 'SCHED_BATCH', nice: 5 },
    ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 6 },
  },
  mounts: [
    { destination: '/run', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'tmpcopyup'] },
    {
      ...{ destination: '/data', type: 'bind', source: '/srv/data', options: ['bind'] },
      uidMappings: [{ containerID: 0, hostID: 100_000, size: 65536 }],
      gidMappings: [{ containerID: 0, hostID: 100_000, size: 65536 }],
    },
  ],
  hooks: { createRuntime: [{ path: '/usr/bin/hook' }], createContainer: [{ path: '/usr/bin/hook' }] },
  linux: {
    ...ch3.examples.group!.linux!,
    namespaces: [{ type: 'mount' }, { type: 'pid' }, { type: 'network', path: '/proc/4711/ns/net' }],
    seccomp: defaultProfile([], v2),
    maskedPaths: ['/proc/kcore'],
    readonlyPaths: ['/proc/sys'],
    personality: { domain: 'LINUX32' },
    memoryPolicy: { mode: 'MPOL_INTERLEAVE', nodes: '0-1' },
    devices: [{ type: 'c', path: '/dev/fuse', major: 10, minor: 229, uid: 1000, gid: 1000 }],
  },
}
const runtimeDirectory = '/run/mini-runc/containers/web'
const asCreated: Parts = {
  sessionKeyring: sessionKeyring('web', true),
  preserveFds: preserveFds(2),
  ...ch7.parts,
  ...gateParts(runtimeDirectory, [`${runtimeDirectory}/init.pid`]),
  runtimeHooks: runtimeHooks({ id: 'web' }),
  containerHooks: containerHooks({ id: 'web' }),
}

const recipes: readonly (readonly [Parts, Spec, Facts])[] = [
  ...[ch1, ch2].flatMap(({ parts, examples }) =>
    [v2, ordinary].flatMap(facts => Object.values(examples).map(spec => [parts, spec, facts] as const)),
  ),
  ...Object.values(connectedExamples).map(({ parts, spec, facts }) => [parts, spec, facts] as const),
  ...[v2, v1].flatMap(facts => Object.values(ch3.examples).map(spec => [ch3.parts, spec, facts] as const)),
  [{ bandwidth: bandwidth('md1a2b3c4d5e6f', rates) }, ch3.examples.group!, v2],
  [ofImage, examples.container!, v2],
  [ofImage, mapped, v2],
  [escapeFromCh1, ch1.examples.shell!, v2],
  [
    withAffinity({ ...process, execCPUAffinity: { initial: '0', final: '2-3' } }, joinParts(joined)),
    { ociVersion: '1.2.1', root, process: { ...process, terminal: true } },
    v2,
  ],
  [asCreated, ofAll, v2],
  [ch7.parts, { ...examples.container!, linux: { namespaces: [{ type: 'pid' }, { type: 'uts' }] } }, v2],
  [
    {
      netDevices: netDevices(
        { eth5: { name: 'inner' } },
        { here: new Map([['eth5', [{ local: '192.0.2.7', prefixlen: 24 }]]]), there: ['lo'] },
      ),
    },
    examples.container!,
    v2,
  ],
  [ch2.parts, { ...examples.container!, domainname: 'home' }, v2],
]

function* stepsOf(): Generator<Step> {
  for (const [parts, spec, facts] of recipes) yield* collect(passesOf(parts), spec, facts).steps
  yield* elsewhere
}

/** Of ops that no plan holds: what containers share is made before plans, `lower` adds the yields, tests the faults. */
const lease = { subnet: '172.30.0.0/16', address: '172.30.0.2', mtu: 1500, forwarded: false }
/** Delegated, with whom it was delegated to in it. */
const crowded: Facts = { ...v2, hierarchies: v2.hierarchies.map(one => ({ ...one, crowded: true })) }
const { make, remove } = sharedParents(ch3.examples.group!, crowded)
const elsewhere: readonly Step[] = [
  ...sharedBridge(lease, exampleHost).make,
  ...make,
  ...remove,
  { op: 'yield', turn: 1, phase: 'isolate', why: 'derived: the next step is the host’s', by: 'lower' },
  { op: 'fault', errno: 'EIO', phase: 'root', why: 'for tests: a step that fails', by: 'test' },
]

const undoing = (step: Step): readonly Step[] =>
  isHostStep(step)
    ? inverseOf(step).map(inverse => ({ phase: step.phase, why: step.why, by: step.by, ...inverse }) as HostStep)
    : []

export function opRows(): OpRow[] {
  const samples = new Map<string, Step>()
  const inverses = new Map<string, Step>()
  const users = new Map<string, Set<string>>()
  for (const step of stepsOf()) {
    if (!samples.has(step.op)) samples.set(step.op, step)
    users.set(step.op, (users.get(step.op) ?? new Set()).add(step.by))
    for (const inverse of undoing(step)) if (!inverses.has(inverse.op)) inverses.set(inverse.op, inverse)
  }
  const rowOf = (op: string, lane: Lane, man: string) => {
    const planned = samples.get(op)
    const sample = planned ?? inverses.get(op)
    return {
      op,
      lane,
      man,
      manUrl: manUrl(man),
      ...(sample === undefined ? {} : { sample: words(sample) }),
      ...(planned === undefined ? {} : { why: planned.why }),
      by: [...(users.get(op) ?? [])].sort(),
      inverse: planned === undefined ? [] : undoing(planned).map(words),
    }
  }
  return [
    ...(Object.keys(hostOps) as HostOp[]).map(op => rowOf(op, 'host', hostOps[op].man)),
    ...(Object.keys(childOps) as ChildOp[]).map(op => {
      const { man, calls, stays } = childOps[op]
      return { ...rowOf(op, 'child', man), calls, ...(stays === undefined ? {} : { stays }) }
    }),
  ]
}
