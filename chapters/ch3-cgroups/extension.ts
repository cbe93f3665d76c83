/** What ch3 adds to ch2's run: the flags as resources, the cgroups above the container's, the news of an OOM kill. */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { errnoOf, fail, MiniDockerError } from '#core/errors'
import { beginMoving, processesIn, removeCgroup } from '#core/exec/cgroup'
import { keepCgroup } from '#core/exec/shared-cgroup'
import type { HostStep } from '#core/plan/step'
import type { Resources, Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import type { Extension } from '../ch2-namespaces/index.js'
import { cgroupPathOf, directoriesOf, parent, parentsOf } from './cgroup/directories.js'
import { joinCgroup } from './cgroup/join.js'
import { parentResource, sharedParents } from './cgroup/shared-parents.js'
import { deviceRulesOf } from './device-flags.js'
import { bandwidthOf, oomScoreOf, resourcesOf, rlimitsOf } from './flags.js'
import { ch3 } from './index.js'
import { defaultRules } from './limits/device-rules.js'
import { isPaused, thawAtOnce } from './live/freezer.js'
import { sayIfOutOfMemory } from './live/out-of-memory.js'
import { bandwidth } from './network/bandwidth.js'
import { bandwidthIn, withBandwidth } from './network/wish.js'

/** How often what is shared is made anew. */
const PATIENCE = 50

export const extension: Extension = {
  chapter: ch3,
  begin: ({ hierarchies }) => {
    const v1 = hierarchies.find(({ version }) => version === 1)
    if (v1 !== undefined) beginMoving(v1.own)
  },
  wish: (spec, flags, { id, facts }) => wish(spec, flags, id, facts),
  parts: (spec, _, { veth, swap }) => {
    const limits = bandwidthIn(spec)
    if (limits.in === null && limits.out === null) return {}
    if (veth === null) {
      fail('InvalidArgument', {
        what: limits.in === null ? '--net-rate-out' : '--net-rate-in',
        why: 'is for a container with a cable of its own',
        hint: 'add --net bridge, as root',
      })
    }
    return { bandwidth: swap('bandwidth', bandwidth)(veth!, limits) }
  },
  reserve: (spec, facts, shared) => {
    const directories = directoriesOf(spec, facts)
    for (const { path } of directories) refuseTaken(path)
    const above = parentResource(spec)
    if (above === null || directories.length === 0) return
    // the last one of another run directory may remove them as soon as they are made: then once more
    for (let tries = 1; tries <= PATIENCE; tries++) {
      try {
        shared.acquire(
          above.resource,
          above.user,
          () => null,
          () => sharedParents(spec, facts, fs.existsSync),
        )
        if (directories.flatMap(parentsOf).every(keepCgroup)) return
      } catch (error) {
        if (!wasRemoved(error)) throw error
      }
    }
    fail('Unavailable', {
      what: `cgroup above '${directories[0]!.path}'`,
      why: 'is removed again and again',
      hint: 'try again',
    })
  },
  reservations: (given, id) => {
    const above = parentResource(given ?? { linux: { cgroupsPath: id } })
    return above === null ? [] : [release(above)]
  },
  killed: (spec, facts) => thawAtOnce(directoriesOf(spec, facts)),
  ended: (spec, facts, outcome) => sayIfOutOfMemory(directoriesOf(spec, facts), outcome),
  join: ({ id, name = id, spec }, facts) => {
    if (spec === null) return {}
    // it would be frozen with the others before it has run
    if (isPaused(directoriesOf(spec, facts))) {
      fail('FailedPrecondition', {
        what: `container '${name}'`,
        why: 'is paused, resume it before exec',
        hint: `mini-docker ch3 resume ${name}`,
      })
    }
    return { joinCgroup: joinCgroup(spec) }
  },
}

/** ENODEV: a file of it was open already when it went. */
const wasRemoved = (error: unknown): boolean =>
  error instanceof MiniDockerError && (error.class === 'NotFound' || errnoOf(error.cause) === 'ENODEV')

function wish(spec: Spec, flags: Flags, id: string, facts: Facts): Spec {
  const own = resourcesOf(flags, facts)
  const rlimits = rlimitsOf(flags)
  const oomScoreAdj = oomScoreOf(flags)
  const limits = bandwidthOf(flags)
  const { resources: given, cgroupsPath } = spec.linux ?? {}
  if (flags.on('cgroup-parent') && facts.hierarchies.every(({ closed }) => closed !== undefined)) {
    fail('FailedPrecondition', {
      what: '--cgroup-parent',
      why: 'no cgroup can be made here',
      hint: 'mini-docker doctor',
    })
  }
  const rules = [...(given?.devices ?? defaultRules), ...deviceRulesOf(flags)]
  const resources: Resources = { ...given, ...own, devices: rules }
  return {
    ...withBandwidth(spec, limits),
    process: {
      ...spec.process,
      ...(rlimits.length === 0 ? {} : { rlimits }),
      ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
    },
    linux: { ...spec.linux, cgroupsPath: cgroupsPath ?? cgroupPathOf(placeOf(flags, id)), resources },
  }
}

function placeOf(flags: Flags, id: string): string {
  const parent = flags.one('cgroup-parent')
  if (parent === undefined) return id
  if (parent === '' || parent.split('/').includes('..')) {
    fail('InvalidArgument', { what: `--cgroup-parent '${parent}'`, why: 'is no path below the top', hint: '/my/group' })
  }
  return `${parent}/${id}`
}

const release = (user: { readonly resource: string; readonly user: string }): HostStep => ({
  op: 'release',
  ...user,
  phase: 'prepare',
  by: 'ch3.makeCgroup',
  why: 'what is above its cgroup was made before there was a plan',
})

/**
 * A name of ours is nobody else's; one that --spec or --cgroup-parent chose can be. What is removed in the end must be ours:
 * an empty one is a leftover, or waits for somebody, and is not taken either.
 */
function refuseTaken(path: string): void {
  if (!fs.existsSync(path)) return
  const count = processesIn(path).length
  if (count === 0 && path.includes(`/${parent}/`)) {
    removeCgroup(path) // left behind by one whose record is lost
    return
  }
  fail('AlreadyExists', {
    what: `cgroup '${path}'`,
    why: count === 0 ? 'is there already, and not ours' : `is there already, with ${count} processes in it`,
    hint: count === 0 ? 'rmdir it if nobody uses it' : 'choose another place for the container',
  })
}
