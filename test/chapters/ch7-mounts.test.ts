/** Mounts through a map of ids: who owns what, from inside and on disk. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { IdMapping, Mount, Spec } from '#core/spec/runtime'
import { makeBundle, Runtime } from '#support/bundle'
import { needs } from '#support/needs'
import { newWorld, nonce } from '#support/world'

const world = newWorld()
const runtime = new Runtime(world)
const here = needs('root', 'native')

/** A directory of the host's with a file of root's and one of user 7's. */
function newSource(): { readonly source: string; readonly word: string } {
  const [source, word] = [world.path(), nonce()]
  fs.mkdirSync(source)
  fs.chmodSync(source, 0o777)
  fs.writeFileSync(`${source}/roots`, word)
  fs.writeFileSync(`${source}/others`, word)
  fs.chownSync(`${source}/others`, 7, 8)
  return { source, word }
}

const map = (hostID: number, size = 65536, containerID = 0): IdMapping[] => [{ containerID, hostID, size }]

const withMounts =
  (mounts: readonly Mount[], ids?: IdMapping[]) =>
  (spec: Spec): Spec => ({
    ...spec,
    mounts: [...(spec.mounts ?? []), ...mounts],
    linux: {
      ...spec.linux,
      ...(ids === undefined
        ? {}
        : {
            namespaces: [...(spec.linux?.namespaces ?? []), { type: 'user' }],
            uidMappings: ids,
            gidMappings: ids,
          }),
    },
  })

const run = (script: string, change: (spec: Spec) => Spec) =>
  runtime.run(['run', '-b', makeBundle(world, ['sh', '-c', script], change), runtime.newId()])

const owners = (at: string): string => `stat -c '%u:%g' ${at}/roots ${at}/others`

here('a mount with mappings shows their owners, and what is made there belongs to the disk\u2019s', () => {
  const { source, word } = newSource()
  const mount: Mount = {
    ...{ destination: '/m', type: 'bind', source, options: ['bind', 'nosuid'] },
    ...{ uidMappings: map(5000), gidMappings: map(6000) },
  }
  const { stdout, stderr } = run(
    `${owners('/m')}; cat /m/roots; echo; grep -c ' /m .*nosuid.*idmapped\\| /m .*nosuid' /proc/self/mountinfo`,
    withMounts([mount]),
  )
  assert.equal(stdout.split('\n').slice(0, 4), ['5000:6000', '5007:6008', word, '1'], stderr)
  const { uid, gid } = fs.statSync(`${source}/others`)
  assert.equal([uid, gid], [7, 8])
})

here('idmap without mappings takes those of the container, mount by mount in their order', () => {
  const [a, b] = [newSource(), newSource()]
  // on disk the root is the host's, where the container's makes nothing
  for (const name of ['a', 'b', 'c', 'plain']) fs.mkdirSync(`${world.rootfs}/${name}`)
  const bind = (destination: string, source: string, options: string[]): Mount => ({
    ...{ destination, type: 'bind', source, options },
  })
  const mounts = [
    bind('/a', a.source, ['bind', 'idmap']),
    bind('/plain', a.source, ['bind']),
    bind('/b', b.source, ['rbind', 'ridmap', 'ro']),
    { ...bind('/c', b.source, ['bind']), uidMappings: map(100_000, 10, 0), gidMappings: map(100_003, 5, 8) },
  ]
  const script = [
    ...[owners('/a'), owners('/plain'), 'cat /a/roots /b/roots', 'echo', 'touch /a/new'],
    'if touch /b/new 2>/dev/null; then echo writable; else echo read only; fi',
    "stat -c '%u:%g' /c/others",
  ]
  const { stdout, stderr } = run(script.join('; '), withMounts(mounts, map(100_000)))
  const nobody = '65534:65534'
  assert.equal(stdout.trim().split('\n'), ['0:0', '7:8', nobody, nobody, a.word + b.word, 'read only', '7:3'], stderr)
  const made = fs.statSync(`${a.source}/new`)
  assert.equal([made.uid, made.gid], [0, 0])
})

here('a file alone is mapped as well', () => {
  const { source } = newSource()
  const file = `${source}/others`
  const own = { uidMappings: map(5000), gidMappings: map(5000) }
  const { stdout, stderr } = run(
    "stat -c '%u:%g' /etc/word",
    withMounts([{ destination: '/etc/word', type: 'bind', source: file, options: ['bind'], ...own }]),
  )
  assert.is(stdout, '5007:5008\n', stderr)
})

here('a map that is not to be had is refused in one line', () => {
  const { source } = newSource()
  const bind = { destination: '/m', type: 'bind', source, options: ['bind', 'idmap'] }
  const said = (mount: Mount, ids?: IdMapping[]): string => {
    const { code, stderr } = run('true', withMounts([mount], ids))
    assert.is.not(code, 0)
    return stderr.trim()
  }
  assert.match(said(bind), /^[^\n]*idmap: there is no map/)
  assert.match(said({ ...bind, uidMappings: map(5) }), /come together/)
  assert.match(said({ ...bind, type: 'tmpfs', options: ['idmap'] }, map(100_000)), /only a bind mount/)
  assert.match(said({ ...bind, source: `${source}/none` }, map(100_000)), /id-mapped mount of .*none/)
})

test.run()
