/** The plans that the site steps through, each made by a chapter that says where its steps were written. */

import * as fs from 'node:fs'
import { defaultNamespaces, defaultSpec } from '#chapters/ch2-namespaces/default-spec'
import { connect } from '#chapters/ch2-namespaces/network/connect'
import { extension } from '#chapters/ch3-cgroups/extension'
import type { RootMount } from '#chapters/ch4-images/snapshot/snapshotter'
import { passesOf } from '#core/chapter'
import { host } from '#core/exec/host'
import { noSwap } from '#core/lab'
import { assemble } from '#core/plan/assemble'
import type { Plan } from '#core/plan/step'
import { cannedFacts, type Facts } from '#core/sys/facts'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import type { Located } from './located.js'
import { missingForCgroups } from './own-cgroups.js'

export const rootfs = '/var/lib/mini-docker/rootfs/default'

export interface Subject {
  readonly name: string
  readonly command: string
  readonly marked: Plan
  /** Where its root is, the default root directory when it is missing. */
  readonly root?: string
  /** Reserves what the plan takes for granted. */
  readonly prepare?: () => void
  /** The path of the cgroup that it makes. */
  readonly cgroup?: string
  /** It cannot be performed on this machine: what was seen on another stays. */
  readonly isElsewhere?: boolean
}

export function subjects({ ch1, ch2, examples, network, ch3, imageRoot }: Located): Subject[] {
  const facts = { ...probeFacts(), idmap: true }
  if (facts.cgroup === 'v2') return [limitsOn('ch3-limits', ch3, facts)]
  const inCh2 = (spec: Parameters<typeof assemble>[1]) => assemble(passesOf(ch2.parts), spec, facts)
  const { process, hostname } = examples.examples.container
  const users = defaultSpec(
    { rootfs, process, hostname: hostname!, namespaces: [...defaultNamespaces, 'user'] },
    { ...facts, subuid: [], subgid: [] },
  )
  const id = network.exampleId
  const { run } = directories()
  const directory = `${run}/containers/${id}`
  const shared = host(run, facts).shared
  const wish = {
    mode: 'bridge',
    id,
    hostname: hostname!,
    directory,
    facts,
    userns: false,
    shared,
    swap: noSwap,
  } as const
  const cabled = network.onBridge({ rootfs, directory, facts })
  return [
    {
      name: 'ch1-shell',
      command: 'mini-docker ch1 run',
      marked: assemble(passesOf(ch1.parts), ch1.ch1.examples.shell!, facts),
    },
    {
      name: 'ch2-container',
      command: 'mini-docker ch2 run --hostname box',
      marked: inCh2(examples.examples.container),
    },
    { name: 'ch2-userns', command: 'mini-docker ch2 run --hostname box --userns', marked: inCh2(users) },
    {
      name: 'ch2-bridge',
      command: 'mini-docker ch2 run --hostname box --net bridge',
      marked: assemble(passesOf(cabled.parts), cabled.spec, cabled.facts),
      prepare: () => {
        fs.mkdirSync(directory, { recursive: true })
        connect(wish)
      },
    },
    imageOn(imageRoot, ch3, { ...facts, hierarchies: [] }),
    ...(missingForCgroups() === null ? [limitsOn('ch3-limits-v1', ch3, onlyLimiting(facts))] : []),
    { ...limitsOn('ch3-limits', ch3, cannedFacts.v2), isElsewhere: true },
  ]
}

/** Of v1 the three hierarchies that the limits are set in: the others would be joined, too, and say nothing new. */
const onlyLimiting = (facts: Facts): Facts => ({
  ...facts,
  hierarchies: facts.hierarchies.filter(({ controllers }) =>
    ['cpu', 'memory', 'pids'].some(name => controllers.includes(name)),
  ),
})

function limitsOn(name: string, { ch3, parts }: Located['ch3'], facts: Facts): Subject {
  const spec = ch3.examples.limits!
  return {
    name,
    command: `mini-docker ch3 run --hostname box --cpus 0.5 --memory 64m --pids-limit 20 # cgroup ${facts.cgroup === 'v2' ? 'v2' : 'v1'}`,
    marked: assemble(passesOf(parts), spec, facts),
    prepare: () => extension.reserve!(spec, facts, host(directories().run, facts).shared),
    cgroup: spec.linux!.cgroupsPath!,
  }
}

const snapshots = '/var/lib/mini-docker/snapshots'
/** Two layers, the default root directory below them, and a place to write in. */
const stack: RootMount = {
  type: 'overlay',
  base: `${snapshots}/overlay`,
  lower: ['3/fs', '2/fs', '1/fs'],
  upper: '4/fs',
  work: '4/work',
  options: ['index=off', 'metacopy=off', 'redirect_dir=off'],
}

/** Without its cgroup, which is chapter 3's, and would be three of them here. */
function imageOn({ imageRoot }: Located['imageRoot'], { ch3, parts }: Located['ch3'], facts: Facts): Subject {
  const spec = { ...ch3.examples.group!, root: { path: `${snapshots}/root` } }
  return {
    name: 'ch4-image',
    command: 'mini-docker ch4 run --hostname box mini/base',
    marked: assemble(passesOf({ ...parts, enterRoot: imageRoot(stack) }), spec, facts),
    root: spec.root.path,
    prepare: () => {
      if (fs.existsSync(spec.root.path)) return
      for (const place of ['root', ...[1, 2, 3, 4].map(layer => `overlay/${layer}/fs`), 'overlay/4/work']) {
        fs.mkdirSync(`${snapshots}/${place}`, { recursive: true })
      }
      fs.cpSync(rootfs, `${snapshots}/overlay/1/fs`, { recursive: true, verbatimSymlinks: true })
    },
  }
}
