/** The same spec by us, by runc and by crun on the same rootfs: the program inside can hardly tell which. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultNamespaces, defaultSpec, type Wish } from '#chapters/ch2-namespaces/default-spec'
import type { Process, Spec } from '#core/spec/runtime'
import { probeFacts } from '#core/sys/probe'
import { needs } from '#support/needs'
import { leftovers, newWorld } from '#support/world'
import { byDesign, type Row } from './by-design.js'
import { differences, type Observation, observe } from './observe.js'
import { cgroupsLeft, type PeerName, peers, removeCgroups } from './runtimes.js'

const world = newWorld()
const facts = probeFacts()
const env = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'EMPTY=', 'WORDS=two words']
const process_: Process = { args: ['inside'], cwd: '/', env, user: { uid: 0, gid: 0, umask: 0o022 } }
const spec = (wish: Partial<Wish>): Spec =>
  defaultSpec({ rootfs: world.copyRootfs(), process: process_, hostname: 'box', ...wish }, facts)
const user = { uid: 1000, gid: 1001, umask: 0o027, additionalGids: [7, 8] }
const isolated = [...defaultNamespaces, 'user'] as const
const maps = [
  { containerID: 0, hostID: 200000, size: 1000 },
  { containerID: 1000, hostID: 300000, size: 500 },
]

const cases: Readonly<Record<string, () => Spec>> = {
  'a container': () => spec({ domainname: 'home' }),
  'a user with groups of its own': () => spec({ process: { ...process_, cwd: '/tmp', user } }),
  'a terminal': () => spec({ process: { ...process_, terminal: true, consoleSize: { height: 33, width: 111 } } }),
  'a user namespace': () => spec({ namespaces: isolated, uidMappings: maps, gidMappings: maps }),
  'a user in a user namespace with a terminal': () =>
    spec({
      namespaces: isolated,
      uidMappings: maps,
      gidMappings: maps,
      process: { ...process_, user, terminal: true, consoleSize: { height: 40, width: 90 } },
    }),
  'a read-only root with volumes': () => {
    const source = world.directoryOf({ 'below/file': 'x' })
    return spec({
      readonlyRoot: true,
      mounts: [
        { destination: '/srv/data', source, options: ['bind', 'ro', 'nosuid'] },
        { destination: '/srv/more', source, options: ['rbind', 'nodev', 'noatime'] },
        { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'size=16m', 'mode=1777'] },
      ],
    })
  },
  'the namespaces of the host but for mounts and names': () => spec({ namespaces: ['mount', 'uts'] }),
}

const met = new Set<Row>()

/** Differences without a reason. */
function unexplained(peer: PeerName, ours: Observation, theirs: Observation): string[] {
  return differences(ours, theirs).flatMap(({ field, text }) => {
    const row = byDesign.find(({ fields, peers }) => peers.includes(peer) && fields.test(field))
    if (row === undefined) return [text]
    met.add(row)
    return []
  })
}

/** Made once for both peers. */
const specs = new Map<string, Promise<Spec>>()
const observations = new Map<string, Promise<Observation>>()
function once<T>(memory: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  const made = memory.get(name) ?? make()
  memory.set(name, made)
  return made
}

for (const peer of peers) {
  const here = needs('root', 'native', 'inside', 'setsid', peer)
  for (const [name, make] of Object.entries(cases)) {
    here(`${name} sees by us what it sees by ${peer} when the spec is the same`, async () => {
      const same = once(specs, name, async () => make())
      const ours = once(observations, name, async () => observe('mini-docker', world, await same))
      assert.equal(unexplained(peer, await ours, await observe(peer, world, await same)), [])
      assert.equal(await leftovers(world), [])
      assert.equal(cgroupsLeft(), [])
    })
  }
}

needs(
  'root',
  'native',
  'inside',
  'setsid',
  ...peers,
)('every difference by design is met when all cases have run', () => {
  assert.equal(
    byDesign.filter(row => !met.has(row)).map(({ fields, reason }) => `${fields}: ${reason}`),
    [],
  )
})

test.after(removeCgroups)
test.run()
