/**
 * The plan of a restore: create's, with CRIU in the place of the child. What the host does for a container (cgroup and limits, hooks, files
 * with its pid) is the same, by the same passes. What the child does, CRIU reads from its images; it wants only a root that is a mount, and
 * gets it in a mount namespace that nobody else sees and that ends with it. Pure. Source: criu(8) --root.
 */

import { type Parts, passesOf } from '#core/chapter'
import { assemble, collect, type Pass } from '#core/plan/assemble'
import { isHostStep } from '#core/plan/ops'
import type { Phase } from '#core/plan/phase'
import type { HostStep, Plan, Step } from '#core/plan/step'
import { isolates, type Spec } from '#core/spec/runtime'
import { type Facts, factsBut } from '#core/sys/facts'
import { mountPoint } from '../../ch2-namespaces/index.js'

const by = 'ch7.restore'
const at = { phase: 'root', by } as const

/** CRIU as a process. */
export interface Criu {
  readonly path: string
  readonly args: readonly string[]
  readonly env: readonly string[]
  /** How many fds it is given, from 3 on. */
  readonly fds: number
}

export interface RestorePlan {
  /** All that is done to the host, for its undo. */
  readonly whole: Plan
  /** CRIU is started by it, in the container's cgroup, and waits to be asked. */
  readonly start: Plan
  /** With the namespaces made and nobody in them yet; then when the container is there. */
  readonly wire: readonly HostStep[]
  readonly ready: readonly HostStep[]
}

// #region part
/** @param parts create's, without its gate */
export function restorePlan(parts: Parts, spec: Spec, facts: Facts, criu: Criu): RestorePlan {
  // born by CRIU, init cannot be born into its cgroup: CRIU joins it
  const all = collect(passesOf({ ...parts, loopback }), spec, factsBut(facts, { cloneInto: false }))
  const of = (...phases: readonly Phase[]): HostStep[] =>
    all.steps.filter(isHostStep).filter(({ phase }) => phases.includes(phase))
  return {
    whole: { steps: of('prepare', 'join', 'wire', 'runtime-hooks', 'ready') },
    start: assemble([() => of('prepare', 'join'), () => become(spec, facts, criu)], spec, facts),
    wire: of('wire', 'runtime-hooks'),
    ready: of('ready'),
  }
}
// #endregion part

export const pidFilesOf =
  (paths: readonly string[]): Pass =>
  () =>
    paths.map(path => ({ op: 'write_pid', path, of: 'init', phase: 'ready', by, why: 'the container is there again' }))

/** By CRIU it would stay down: it makes the namespace, and no device in it is its business. */
const loopback = (spec: Spec): Step[] =>
  isolates(spec, 'network')
    ? [
        {
          op: 'ip_batch',
          lines: ['link set lo up'],
          netns: { of: 'init' },
          phase: 'wire',
          by,
          why: '127.0.0.1 answers only when it is up',
        },
      ]
    : []

const become = (spec: Spec, facts: Facts, { path, args, env, fds }: Criu): Step[] => [
  {
    op: 'unshare',
    flags: ['CLONE_NEWNS'],
    phase: 'isolate',
    by,
    why: 'what is mounted for CRIU nobody has to take back, however it ends',
  },
  { op: 'fork', phase: 'isolate', by, why: 'a child of ours: init, which CRIU makes its own sibling, is one as well' },
  {
    ...at,
    op: 'propagation',
    path: '/',
    flags: ['MS_REC', 'MS_SLAVE'],
    why: 'before any mount: the host sees none of it',
  },
  { ...at, op: 'bind_root', path: spec.root.path, why: 'CRIU takes only a mount for the root' },
  { ...at, op: 'open_root', path: spec.root.path, why: 'what is made below it is made in-root' },
  ...mountPoints(spec, facts),
  {
    op: 'preserve_fds',
    count: fds,
    phase: 'become',
    by,
    why: 'where it is asked, and namespaces that are there already',
  },
  { op: 'lookup', candidates: [path], phase: 'become', by, why: 'a program of the host' },
  { op: 'close_fds', from: 3 + fds, phase: 'exec', by, why: 'the others are not its own' },
  { op: 'execve', args, env, phase: 'exec', by, why: 'it waits to be asked' },
]

/** In a root file system that this container has not been in before. What lies in another mount comes with that. */
const mountPoints = ({ mounts = [] }: Spec, { files }: Facts): Step[] =>
  mounts
    .filter(({ destination }) => !mounts.some(other => liesBelow(destination, other.destination)))
    .flatMap(({ destination, source }) => mountPoint(destination, source !== undefined && files.includes(source)))
    .map(step => ({ ...step, by }))

const liesBelow = (path: string, other: string): boolean => other !== '/' && path.startsWith(`${other}/`)
