/** create --no-pivot: what root the container has, from inside and by the kernel's own table, and that there is no way up. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Spec } from '#core/spec/runtime'
import { makeBundle, Runtime } from '#support/bundle'
import { parseMounts } from '#support/inside'
import { needs } from '#support/needs'
import { newWorld, nonce } from '#support/world'

const world = newWorld()
const runtime = new Runtime(world)
const here = needs('root', 'native')
const hereInUserNamespaces = needs('root', 'native', 'user namespaces')

const ran = (args: readonly string[], change: (spec: Spec) => Spec = spec => spec): string => {
  const { code, stdout, stderr } = runtime.run([
    'run',
    '--no-pivot',
    '-b',
    makeBundle(world, args, change),
    runtime.newId(),
  ])
  assert.equal([code, stderr], [0, ''])
  return stdout
}

/** With a file that says which it is. */
const marked = (word: string): string => {
  const rootfs = world.copyRootfs()
  fs.writeFileSync(`${rootfs}/mark`, word)
  return rootfs
}

here('the rootfs is the root, and its mounts are those of a container that pivots', () => {
  const word = nonce()
  const path = marked(word)
  const said = ran(['sh', '-c', 'cat /mark; echo; cat /proc/self/mountinfo'], spec => ({ ...spec, root: { path } }))
  const [mark, ...lines] = said.trim().split('\n')
  assert.is(mark, word)
  const mounts = parseMounts(lines)
  assert.match(path, new RegExp(`${mounts[0]!.root}$`))
  assert.is(mounts[0]!.at, '/')
  const pivoted = runtime.run(['run', '-b', makeBundle(world, ['cat', '/proc/self/mountinfo']), runtime.newId()])
  const placesOf = (all: typeof mounts): string[] => all.map(({ at, type }) => `${at} ${type}`)
  assert.equal(placesOf(mounts), placesOf(parseMounts(pivoted.stdout.trim().split('\n'))))
})

here('".." leads nowhere, nor does the way out of a chroot', () => {
  const word = nonce()
  const path = marked(word)
  const change = (spec: Spec): Spec => ({ ...spec, root: { path } })
  const up = '../'.repeat(20)
  assert.is(ran(['sh', '-c', `cd /proc/self && cat ${up}mark`], change), word)
  assert.is(ran(['sh', '-c', 'mkdir /jail && inside escape /jail cat /mark'], change), word)
})

here('exec and hooks of the container are in that root', () => {
  const word = nonce()
  const path = marked(word)
  const [id, seen] = [runtime.newId(), '/seen-by-hook']
  const hooks = { startContainer: [{ path: '/bin/cp', args: ['cp', '/mark', seen] }] }
  const bundle = makeBundle(world, ['sleep', '100'], spec => ({ ...spec, root: { path }, hooks }))
  assert.is(runtime.run(['run', '-d', '--no-pivot', '-b', bundle, id], { output: world.path() }).code, 0)
  assert.is(runtime.run(['exec', id, 'cat', '/mark', seen]).stdout, word + word)
  runtime.run(['delete', '-f', id])
  assert.not(fs.readFileSync('/proc/self/mountinfo', 'utf8').includes(path), 'nothing of it is left on the host')
})

hereInUserNamespaces('a user namespace inside is given no proc without masks: the host’s is not in sight', () => {
  const script = 'unshare -U -r -m -p -f mount -t proc proc /mnt 2>&1; [ -e /mnt/version ] && echo whole; true'
  const masks = (spec: Spec): Spec => ({ ...spec, linux: { ...spec.linux, maskedPaths: ['/proc/version'] } })
  assert.match(ran(['sh', '-c', script], masks), /denied|not permitted/)
})

hereInUserNamespaces('so it is in a user namespace', () => {
  const maps = [{ containerID: 0, hostID: 100_000, size: 65_536 }]
  const said = ran(
    ['sh', '-c', 'id -u; cat /proc/1/comm; cut -d" " -f 5 /proc/self/mountinfo | head -1; cd ..; pwd'],
    spec => ({
      ...spec,
      linux: {
        ...spec.linux,
        namespaces: [...(spec.linux?.namespaces ?? []), { type: 'user' }],
        uidMappings: maps,
        gidMappings: maps,
      },
    }),
  )
  assert.is(said, '0\nsh\n/\n/\n')
})

test.run()
