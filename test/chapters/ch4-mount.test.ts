/** ch4 mount and umount: on the host, recorded, and known to prune. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import {
  baseName,
  besideContainer,
  ch4,
  ended,
  importBase,
  inData,
  nothingOfContainers,
  refused,
} from '#support/containers'
import { needs } from '#support/needs'
import { newUser } from '#support/users'
import { mountsBelow, newWorld } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native')
const place = (): string => world.directoryOf({})

test.before(() => importBase(world))

asRoot('an image is on the host to read when it is mounted, and gone when it is unmounted', async () => {
  const at = place()
  assert.is((await ch4(world, ['mount', baseName, at])).stdout, `${at}\n`)
  assert.ok(fs.existsSync(`${at}/etc/passwd`))
  assert.throws(() => fs.writeFileSync(`${at}/x`, ''), /EROFS/)
  await ch4(world, ['prune', '-af'])
  assert.ok(fs.existsSync(`${at}/etc/passwd`))
  refused(await run(world, ['ch4', 'mount', baseName, at]), /is mounted there|is not here/)
  await ch4(world, ['umount', at])
  assert.equal([fs.readdirSync(at), inData(world, 'mounts')], [[], []])
  await importBase(world)
  await nothingOfContainers(world)
})

asRoot('what is written goes with the mount when an image is writable, and stays when a container is', async () => {
  const at = place()
  await ch4(world, ['mount', '--writable', baseName, at])
  fs.writeFileSync(`${at}/written`, 'x')
  await ch4(world, ['umount', at])
  assert.not.match((await ch4(world, ['run', '--rm', baseName, 'ls', '/'])).stdout, /written/)
  await ended(world, 'over', 'echo c >/own')
  await ch4(world, ['mount', 'over', at])
  assert.is(fs.readFileSync(`${at}/own`, 'utf8'), 'c\n')
  assert.throws(() => fs.writeFileSync(`${at}/x`, ''), /EROFS/)
  refused(await run(world, ['ch4', 'rm', 'over']), /is mounted at/)
  await ch4(world, ['umount', at])
  await ch4(world, ['mount', '--writable', 'over', at])
  fs.writeFileSync(`${at}/by-host`, '')
  await ch4(world, ['umount', at])
  assert.match((await ch4(world, ['diff', 'over'])).stdout, /A \/by-host/)
  await ch4(world, ['rm', 'over'])
  await nothingOfContainers(world)
})

asRoot('a mount that others took off is forgotten by the next command', async () => {
  const at = place()
  await ch4(world, ['mount', baseName, at])
  execFileSync('umount', [at])
  refused(await run(world, ['ch4', 'umount', at]), /nothing of ours is mounted there/)
  assert.equal(inData(world, 'mounts'), [])
  await nothingOfContainers(world)
})

asRoot('what cannot be mounted is refused in one line', async () => {
  const at = place()
  refused(await run(world, ['ch4', 'mount', baseName]), /an image or a container, and a directory/)
  refused(await run(world, ['ch4', 'mount', 'nothere', at]), /image 'nothere'/)
  refused(await run(world, ['ch4', 'mount', baseName, '/no/such']), /'\/no\/such': ENOENT/)
  refused(await run(world, ['ch4', 'mount', baseName, '/']), /the host's own root/)
  refused(await run(world, ['ch4', 'mount', baseName, '/etc/passwd']), /is not a directory/)
  refused(await run(world, ['ch4', 'umount', at]), /nothing of ours/)
  await besideContainer(world, 'runs', ':', async () => {
    refused(await run(world, ['ch4', 'mount', 'runs', at]), /is running/)
  })
  const { stdout } = await ch4(world, ['mount', '--explain', '--json', baseName, at])
  assert.equal(
    (JSON.parse(stdout) as { steps: { op: string }[] }).steps.map(({ op }) => op),
    ['mount_root', 'mount_root'],
  )
  assert.equal(mountsBelow(world.directory), [])
  await nothingOfContainers(world)
})

needs(
  'root',
  'native',
  'setpriv',
)('an ordinary user is told what serves when it asks for a mount', async () => {
  const user = newUser(world)
  refused(await run(world, ['ch4', 'mount', baseName, user.home], user.options), /for root.*ch4 cp/)
})

test.run()
