/**
 * Images between us and those who were here before: skopeo, umoci, podman and a real dockerd, in both directions. IDs, digests
 * and what is unpacked are compared, not what anybody says of it.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import { archiveOf, ch4, listed } from '#support/store'
import { assertSameTree, treeOf } from '#support/tree'
import { newWorld, type World } from '#support/world'
import { withDocker } from './docker.js'

const world = newWorld()
const asRoot = needs('root', 'native')
const withSkopeo = needs('root', 'native', 'skopeo')
const sh = (script: string): string => execFileSync('sh', ['-ec', script], { encoding: 'utf8', cwd: world.directory })

/** Two layers, the second of which takes something away: made by a container, as users make them. */
async function made(name: string): Promise<{ readonly id: string; readonly digest: string }> {
  if (!(await listed(world)).some(({ Repository }) => Repository === 'mini/base')) {
    await ch4(world, ['run', '--rm', 'mini/base', 'true'])
  }
  const script =
    'mkdir -p /d/e; echo new >/d/e/f; ln /d/e/f /d/hard; ln -s /d/e /link; rm -r /etc; mkdir /etc; echo x >/etc/only; chown 7:8 /d/e/f'
  await ch4(world, ['run', '--name', name, 'mini/base', 'sh', '-c', script])
  await ch4(world, ['commit', '--change', 'CMD ["cat","/etc/only"]', name, `${name}:1`])
  const [image] = await listed(world, `${name}:1`)
  return { id: image!.ID, digest: image!.Digest }
}

/** The tree as we mount it. */
async function ours(where: World, name: string): Promise<string[]> {
  const at = where.path()
  fs.mkdirSync(at)
  await ch4(where, ['mount', name, at])
  try {
    return treeOf(at).map(withoutOverlay)
  } finally {
    await ch4(where, ['umount', at])
  }
}

/** overlayfs's own notes are no part of the tree. */
const withoutOverlay = (line: string): string => line.replace(/(trusted|user)\.overlay\.[^ ,]*,?/g, '').trimEnd()

withSkopeo('skopeo reads our store, and what it writes has our digests', async () => {
  const { id, digest } = await made('skopeo')
  const store = `oci:${world.data}/store:skopeo:1`
  assert.is(JSON.parse(sh(`skopeo inspect ${store}`)).Digest, digest)
  assert.equal(JSON.parse(sh(`skopeo inspect --config ${store}`)).config.Cmd, ['cat', '/etc/only'])
  sh(
    `skopeo copy -q ${store} oci:layout:x; skopeo copy -q --preserve-digests ${store} oci-archive:oa.tar:oa:1; skopeo copy -q ${store} docker-archive:da.tar:da:1`,
  )
  sh(
    `skopeo copy -q --dest-compress-format zstd --dest-force-compress-format ${store} oci:zstd:z:1 2>/dev/null || skopeo copy -q --dest-compress --dest-compress-format zstd ${store} oci:zstd:z:1`,
  )
  const target = newWorld()
  for (const form of ['layout', 'oa.tar', 'da.tar', 'zstd'])
    await ch4(target, ['load', '-q', '-i', `${world.directory}/${form}`])
  const found = await listed(target)
  for (const name of ['x', 'oa', 'da']) assert.is(found.find(({ Repository }) => Repository === name)?.ID, id, name)
  assert.is(found.find(({ Repository }) => Repository === 'oa')!.Digest, digest)
  const tree = await ours(world, 'skopeo:1')
  for (const name of ['x', 'oa:1', 'da:1', 'z:1']) assertSameTree(await ours(target, name), tree, name)
})

withSkopeo('skopeo takes our archives as docker’s and as an image layout', async () => {
  const { id, digest } = await made('archive')
  await ch4(world, ['save', '-q', '-o', `${world.directory}/ours.tar`, 'archive:1'])
  // as it is: into a layout of the other kind it would write another config
  sh(
    'skopeo copy -q docker-archive:ours.tar:archive:1 dir:from-docker; skopeo copy -q oci-archive:ours.tar dir:from-oci',
  )
  for (const form of ['from-docker', 'from-oci']) {
    const { config } = JSON.parse(fs.readFileSync(`${world.directory}/${form}/manifest.json`, 'utf8'))
    assert.is(config.digest, id, form)
  }
  assert.is(JSON.parse(sh('skopeo inspect oci-archive:ours.tar')).Digest, digest)
})

needs(
  'root',
  'native',
  'umoci',
)('umoci unpacks the tree that we mount', async () => {
  await made('umoci')
  sh(`umoci unpack --image ${world.data}/store:umoci:1 bundle`)
  assertSameTree(treeOf(`${world.directory}/bundle/rootfs`), await ours(world, 'umoci:1'))
  const spec = JSON.parse(fs.readFileSync(`${world.directory}/bundle/config.json`, 'utf8'))
  assert.equal(spec.process.args, ['cat', '/etc/only'])
})

asRoot('GNU tar unpacks the tree that we mount when whiteouts are done by hand', async () => {
  await made('tar')
  const [image] = await listed(world, 'tar:1')
  const blob = (digest: string): string => `${world.data}/store/blobs/sha256/${digest.slice(7)}`
  const { layers } = JSON.parse(fs.readFileSync(blob(image!.Digest), 'utf8'))
  const root = world.path()
  fs.mkdirSync(root)
  for (const { digest } of layers) {
    const names = sh(`tar -tf ${blob(digest)}`).split('\n')
    for (const name of names) {
      const [, directory = '', hidden] = /^(?:\.\/)?(.*\/|)\.wh\.(.*)$/.exec(name) ?? []
      if (hidden === '.wh..opq') sh(`find '${root}/${directory}' -mindepth 1 -delete`)
      else if (hidden !== undefined) sh(`rm -rf '${root}/${directory}${hidden}'`)
    }
    sh(`tar --numeric-owner --xattrs --xattrs-include='*' -xpf ${blob(digest)} -C ${root} --exclude '.wh.*'`)
  }
  assertSameTree(treeOf(root), await ours(world, 'tar:1'))
})

needs(
  'root',
  'native',
  'podman',
)('podman loads what we save and we load what it saves, under one ID', async () => {
  const { id } = await made('podman')
  await ch4(world, ['save', '-q', '-o', `${world.directory}/p.tar`, 'podman:1'])
  const podman = (args: string): string =>
    sh(
      `podman --root ${world.directory}/pr --runroot ${world.directory}/prr --storage-driver vfs --cgroup-manager cgroupfs ${args}`,
    )
  podman('load -q -i p.tar')
  assert.is(podman('images -q --no-trunc').trim().split('\n')[0], id)
  const name = podman("images --format '{{.Repository}}:{{.Tag}}'").trim().split('\n')[0]!
  podman(`save -q --format docker-archive -o pd.tar ${name}`)
  podman(`save -q --format oci-archive -o po.tar ${name}`)
  for (const form of ['pd.tar', 'po.tar']) {
    const target = newWorld()
    await ch4(target, ['load', '-q', '-i', `${world.directory}/${form}`])
    const [image] = await listed(target)
    assert.is(image!.ID, id, form)
    assertSameTree(await ours(target, `${image!.Repository}:${image!.Tag}`), await ours(world, 'podman:1'), form)
  }
})

needs(
  'root',
  'native',
  'docker',
  'dockerd',
  'unshare',
)('docker loads what we save and we load what it saves, under one ID', async () => {
  const { id } = await made('docker')
  await ch4(world, ['save', '-q', '-o', `${world.directory}/d.tar`, 'docker:1'])
  await withDocker(world, async docker => {
    assert.is(docker('load', '-q', '-i', `${world.directory}/d.tar`).trim(), 'Loaded image: docker:1')
    assert.is(docker('images', '-q', '--no-trunc').trim(), id)
    assert.equal(JSON.parse(docker('inspect', 'docker:1'))[0].Config.Cmd, ['cat', '/etc/only'])
    docker('save', '-o', `${world.directory}/dd.tar`, 'docker:1')
    docker('import', '-c', 'CMD ["x"]', archiveOf(world, { file: 'from docker' }), 'theirs:1')
    docker('save', '-o', `${world.directory}/theirs.tar`, 'theirs:1')
    const target = newWorld()
    await ch4(target, ['load', '-q', '-i', `${world.directory}/dd.tar`])
    assert.is((await listed(target))[0]!.ID, id)
    assertSameTree(await ours(target, 'docker:1'), await ours(world, 'docker:1'))
    await ch4(target, ['load', '-q', '-i', `${world.directory}/theirs.tar`])
    assert.is((await listed(target, 'theirs:1'))[0]!.ID, docker('images', '-q', '--no-trunc', 'theirs:1').trim())
    assert.match((await ours(target, 'theirs:1')).join('\n'), /^file /)
  })
})

test.run()
