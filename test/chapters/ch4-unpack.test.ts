/** A layer that is not what it is said to be is not unpacked, and nothing of it stays. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findImage } from '#chapters/ch4-images/image/find'
import { makeImage } from '#chapters/ch4-images/image/make'
import { openImages } from '#chapters/ch4-images/images'
import { Lease } from '#chapters/ch4-images/store/leases'
import { run } from '#support/cli'
import { needs } from '#support/needs'
import { ch4, imported, oneLine, orphansIn } from '#support/store'
import { newWorld, nonce } from '#support/world'

const asRoot = needs('root', 'native')

asRoot('a layer is refused when the disk has changed it, and unpacked when it is itself again', async () => {
  const world = newWorld()
  const [was, became] = [nonce(), nonce()]
  await imported(world, 'one', { file: was })
  const images = openImages(world.data)
  const [layer] = findImage(images, 'one').layers
  images.snapshotter.remove(layer!.chainId)
  const blob = images.store.pathOf(layer!.descriptor.digest)
  const whole = fs.readFileSync(blob)
  fs.writeFileSync(blob, whole.toString('latin1').replace(was, became), 'latin1')
  const refused = await run(world, ['ch4', 'mount', 'one', world.directoryOf({})])
  oneLine(refused, new RegExp(`layer '${layer!.descriptor.digest}': its bytes have another digest`))
  assert.equal(images.snapshotter.list(), [])
  assert.equal(orphansIn(world), [])
  fs.writeFileSync(blob, whole)
  const place = world.directoryOf({})
  await ch4(world, ['mount', 'one', place])
  assert.is(fs.readFileSync(`${place}/file`, 'utf8'), was)
  await ch4(world, ['umount', place])
})

asRoot('a layer is refused when the config says another diff ID', async () => {
  const world = newWorld()
  await imported(world, 'one', { file: nonce() })
  const images = openImages(world.data)
  const { config, layers } = findImage(images, 'one')
  const lease = new Lease(images.store)
  const lie = `sha256:${'7'.repeat(64)}`
  const lying = { ...config, rootfs: { ...config.rootfs, diff_ids: [lie] } }
  images.names.set('lying:1', makeImage(images, lying, [layers[0]!.descriptor], lease))
  lease.end()
  const refused = await run(world, ['ch4', 'mount', 'lying:1', world.directoryOf({})])
  oneLine(refused, new RegExp(`unpacks to the diff ID ${layers[0]!.diffId}, its image says ${lie}`))
  assert.equal(
    images.snapshotter.list().map(({ key }) => key),
    [layers[0]!.chainId],
  )
})

test.run()
