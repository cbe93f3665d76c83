import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import { needs } from '#support/needs'
import { archiveOf, ch4, imported, oneLine, storeOf } from '#support/store'
import { newWorld, type World } from '#support/world'

const asRoot = needs('root', 'native', 'unshare', 'mount')

asRoot('a full disk is said in one line and the store is as it was', async () => {
  const world = newWorld()
  const small = archiveOf(world, { a: '1' })
  const big = archiveOf(world, { big: 'x'.repeat(9_000_000) })
  const place = world.path()
  fs.mkdirSync(place)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8M', 'small', place])
  const full: World = { ...world, data: `${place}/data` }
  try {
    await ch4(full, ['import', '-q', small, 'kept'])
    await ch4(full, ['prune', '-f'])
    const before = storeOf(full)
    for (const args of [
      ['import', '-q', big, 'big'],
      ['load', '-q', '-i', big],
    ]) {
      const result = await run(full, ['ch4', ...args])
      oneLine(result, /ENOSPC \(the disk is full: mini-docker ch4 prune/)
      assert.equal(storeOf(full), before)
    }
    assert.is((await ch4(full, ['verify'])).stdout, 'kept:latest: whole\n')
  } finally {
    execFileSync('umount', ['-l', place])
  }
})

asRoot('a layer that is more than the disk has room for is refused in one line', async () => {
  const world = newWorld()
  const archive = archiveOf(world, { big: 'x'.repeat(20_000_000) }, '-z') // 20 kB as a blob
  const place = world.path()
  fs.mkdirSync(place)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8M', 'small', place])
  const full: World = { ...world, data: `${place}/data` }
  try {
    await ch4(full, ['images'])
    const before = storeOf(full)
    oneLine(await run(full, ['ch4', 'import', '-q', archive, 'big']), /more than \d+ bytes.*the disk has no more room/)
    assert.equal(
      storeOf(full).filter(line => line !== 'trash'),
      before,
    )
  } finally {
    execFileSync('umount', ['-l', place])
  }
})

asRoot('what only reads does so and what writes says why not when the store is read-only', async () => {
  const world = newWorld()
  const archive = archiveOf(world, { a: '1' })
  await imported(world, 'kept', { a: '1' })
  const script = `mount --bind ${world.data} ${world.data} && mount -o remount,bind,ro ${world.data} && exec "$@"`
  const prefix = ['unshare', '-m', 'sh', '-c', script, 'sh']
  const before = storeOf(world)
  for (const args of [['images'], ['inspect', 'kept'], ['history', 'kept'], ['verify'], ['df']]) {
    await ch4(world, args, { prefix })
  }
  for (const args of [
    ['import', '-q', archive, 'new'],
    ['tag', 'kept', 'other'],
    ['rmi', 'kept'],
    ['prune', '-f'],
    ['load', '-q', '-i', archive],
  ]) {
    const { code, stderr } = await run(world, ['ch4', ...args], { prefix })
    assert.ok(code !== 0, args.join(' '))
    assert.match(stderr, /^mini-docker: .*EROFS.*MINI_DOCKER_ROOT.*\n$/, args.join(' '))
  }
  assert.equal(storeOf(world), before)
})

asRoot(
  'a blob that was changed or is missing is found by verify, named, and repaired by the same archive',
  async () => {
    const world = newWorld()
    await imported(world, 'web', { a: 'x'.repeat(10_000) })
    await imported(world, 'fine', { a: '1' })
    const archive = world.path('web.tar')
    await ch4(world, ['save', '-q', '-o', archive, 'web'])
    const [{ Digest }] = JSON.parse(`[${(await ch4(world, ['images', '--json', 'web'])).stdout.trim()}]`)
    const blobOf = (digest: string): string => `${world.data}/store/blobs/sha256/${digest.slice(7)}`
    const layer = JSON.parse(fs.readFileSync(blobOf(Digest), 'utf8')).layers[0].digest
    const change: readonly (readonly [string, (file: string) => void, RegExp])[] = [
      [
        layer,
        file => void fs.writeFileSync(file, Buffer.alloc(fs.statSync(file).size)),
        /web:latest: blob sha256:[0-9a-f]{64} was changed/,
      ],
      [layer, file => fs.truncateSync(file, 100), /web:latest: blob sha256:[0-9a-f]{64} has 100 bytes, not \d+/],
      [layer, file => fs.rmSync(file), /web:latest: blob sha256:[0-9a-f]{64} is missing/],
      [Digest, file => fs.rmSync(file), /web:latest: blob sha256:[0-9a-f]{64} is missing/],
    ]
    for (const [digest, spoil, pattern] of change) {
      spoil(blobOf(digest))
      const { code, stdout } = await run(world, ['ch4', 'verify'])
      assert.is(code, 1)
      assert.match(stdout, pattern)
      assert.match(stdout, /^fine:latest: whole$/m)
      await ch4(world, ['images'])
      await ch4(world, ['load', '-q', '-i', archive])
      assert.is((await ch4(world, ['verify', 'web'])).stdout, 'web:latest: whole\n', String(pattern))
    }
    fs.rmSync(blobOf(layer))
    const out = world.path('broken.tar')
    oneLine(
      await run(world, ['ch4', 'save', '-q', '-o', out, 'web']),
      /image 'web:latest': blob sha256:[0-9a-f]{64} is missing/,
    )
    assert.not(fs.existsSync(out))
  },
)

test.run()
