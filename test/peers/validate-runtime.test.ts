/** What runc and crun, as Debian 12 has them, do otherwise than the runtime-spec 1.3 has it: exactly this, and nothing else. */

import { execFileSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import { validateRuntime } from '#support/validate-runtime'
import { newWorld } from '#support/world'
import { type PeerName, peers, withoutUnified } from './runtimes.js'

const world = newWorld()

/** They were measured with these. */
const versions: Readonly<Record<PeerName, string>> = { runc: '1.1.5', crun: '1.8.1' }

const both = [
  ...[
    'delete-created',
    'devices-in-the-way',
    'hook-fails-poststart',
    'hook-fails-poststop',
    'hook-fails-startContainer',
  ],
  ...['hooks-order', 'hooks-state', 'masked-paths-relative', 'mount-options', 'process-capabilities-lacking'],
  ...[
    'process-io-priority',
    'process-rlimits-twice',
    'process-scheduler',
    'readonly-paths-relative',
    'seccomp-no-names',
    'time-namespace',
  ],
]

/** What they do not have, or this machine's cgroups do not. */
const maySkip: Readonly<Record<PeerName, RegExp>> = {
  runc: /^(mount-idmap(-none)?|unified-written|features-(seccomp-flags|memory-policy))$/,
  crun: /^(mount-idmap(-none)?|unified-written|features-.*)$/,
}

const expected: Readonly<Record<PeerName, readonly string[]>> = {
  runc: [
    ...both,
    ...['domainname', 'features-mount-options', 'net-devices-none', 'personality', 'root-propagation'],
    ...['seccomp-no-errno', 'version-wrong'],
  ],
  crun: [
    ...both,
    ...['hook-fails-then-poststop', 'hooks-no-time', 'intel-rdt-none', 'invalid-types', 'invalid-words'],
    ...['mount-options-last', 'mount-propagation', 'mount-rpropagation', 'namespaces-twice'],
    ...['process-capabilities-unknown', 'process-cwd-relative', 'seccomp-listener-ignored', 'seccomp-metadata-alone'],
  ],
}

for (const name of peers) {
  const here = needs('root', 'cgroups', name, 'unshare')
  here(`${name} ${versions[name]} is broken where it was, and nowhere else`, async () => {
    const said = execFileSync(name, ['--version'], { encoding: 'utf8' })
    assert.ok(said.includes(versions[name]), `the list is of ${versions[name]}: ${said.split('\n')[0]}`)
    const prefix = name === 'crun' ? withoutUnified() : []
    const { checks } = await validateRuntime(world, ['--runtime', name, '--timeout', '100'], prefix)
    const skipped = checks.filter(({ result }) => result === 'skipped').map(({ id }) => id)
    const broken = checks.filter(({ result }) => result === 'broken').map(({ id }) => id)
    for (const id of skipped) assert.match(id, maySkip[name], `${name} skips ${id}`)
    assert.equal(broken.sort(), expected[name].filter(id => !skipped.includes(id)).sort())
  })
}

test.run()
