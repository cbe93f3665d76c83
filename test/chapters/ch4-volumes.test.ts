/** Volumes: what they begin with, who sees them, and when they go. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import { baseName, besideContainer, ch4, ended, importBase, inData, nothingOfContainers } from '#support/containers'
import { needs } from '#support/needs'
import { newWorld, nonce } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native')
const dataOf = (name: string): string => `${world.data}/volumes/${name}/_data`
const once = (flags: readonly string[], script: string) =>
  ch4(world, ['run', '--rm', ...flags, baseName, 'sh', '-c', script])

test.before(() => importBase(world))

asRoot('a named volume begins with what the image has there, and keeps what is written', async () => {
  await once(['-v', 'etc:/etc'], 'echo new >/etc/new; rm /etc/passwd')
  assert.is(fs.readFileSync(`${dataOf('etc')}/new`, 'utf8'), 'new\n')
  assert.not.ok(fs.existsSync(`${dataOf('etc')}/passwd`))
  assert.ok(fs.existsSync(`${dataOf('etc')}/group`))
  const { stdout } = await once(
    ['--mount', 'type=volume,src=etc,dst=/elsewhere,readonly'],
    'cat /elsewhere/new; touch /elsewhere/x 2>&1 || :; ls /elsewhere',
  )
  assert.match(stdout, /^new\n.*Read-only file system/)
  assert.not.match(stdout, /passwd/) // filled once, and not again
  await nothingOfContainers(world)
})

asRoot('owners, modes and links are as in the image when a volume is filled', async () => {
  await ended(
    world,
    'owned',
    'mkdir /v; chown 7:8 /v; chmod 750 /v; echo a >/v/a; ln /v/a /v/b; ln -s /etc/passwd /v/link; chown 9 /v/a; chmod 4711 /v/a',
  )
  await ch4(world, ['commit', 'owned', 'owned'])
  await ch4(world, ['rm', 'owned'])
  await ch4(world, ['run', '--rm', '-v', 'owned:/v', 'owned', 'true'])
  const stat = (name: string): fs.Stats => fs.lstatSync(`${dataOf('owned')}${name}`)
  assert.equal([stat('').uid, stat('').gid, stat('').mode & 0o7777], [7, 8, 0o750])
  assert.equal([stat('/a').uid, stat('/a').mode & 0o7777, stat('/a').ino === stat('/b').ino], [9, 0o4711, true])
  assert.is(fs.readlinkSync(`${dataOf('owned')}/link`), '/etc/passwd')
})

asRoot('nocopy leaves a volume empty when it is new', async () => {
  const { stdout } = await once(['-v', 'bare:/etc:nocopy'], 'ls /etc; echo mine >/etc/mine')
  assert.is(stdout, '')
  assert.is((await once(['-v', 'bare:/etc'], 'ls /etc')).stdout, 'mine\n')
})

asRoot('what the image declares gets a volume of its own that goes with rm -v', async () => {
  await ended(world, 'declares', ':')
  await ch4(world, ['commit', '-c', 'VOLUME /data /etc', 'declares', 'declares'])
  await ch4(world, ['rm', 'declares'])
  await ch4(world, ['run', '--name', 'has', '-v', 'etc:/etc', 'declares', 'sh', '-c', 'echo x >/data/x'])
  const named = ['bare', 'etc', 'owned']
  const [anonymous, ...more] = inData(world, 'volumes').filter(name => !named.includes(name))
  assert.equal(more, []) // /etc is the named one's
  assert.is(fs.readFileSync(`${dataOf(anonymous!)}/x`, 'utf8'), 'x\n')
  assert.not.match((await ch4(world, ['diff', 'has'])).stdout, /data/)
  await ch4(world, ['rm', '-v', 'has'])
  assert.equal(inData(world, 'volumes').sort(), named)
  await ch4(world, ['run', '--rm', 'declares', 'true'])
  assert.equal(inData(world, 'volumes').sort(), named)
  await nothingOfContainers(world)
})

asRoot('deep ones lie in shallow ones when volumes and directories are mixed', async () => {
  const host = world.directoryOf({ here: 'host' })
  const { stdout } = await once(
    ['-v', `${host}:/a/b`, '-v', 'outer:/a', '-v', 'inner:/a/b/c'],
    'cat /a/b/here; echo in >/a/b/c/f',
  )
  assert.is(stdout, 'host')
  assert.is(fs.readFileSync(`${dataOf('inner')}/f`, 'utf8'), 'in\n')
})

asRoot('one fills it and the other waits when two start with a new volume', async () => {
  const both = await Promise.all([1, 2].map(() => once(['-v', 'shared:/bin'], 'ls /bin | wc -l')))
  assert.is(both[0]!.stdout, both[1]!.stdout)
  assert.not.ok(fs.existsSync(`${world.data}/volumes/shared/filling`))
})

asRoot('a filling that was cut off is begun anew when the volume is used again', async () => {
  await once(['-v', 'half:/etc'], ':')
  fs.rmSync(`${dataOf('half')}/group`)
  fs.writeFileSync(`${world.data}/volumes/half/filling`, '')
  assert.match((await once(['-v', 'half:/etc'], 'ls /etc')).stdout, /^group$/m)
})

asRoot('prune leaves a volume in use alone, and one without a name goes when nobody has it', async () => {
  await besideContainer(
    world,
    'user',
    'echo k >/v/k',
    async () => {
      await ch4(world, ['prune', '-f', '--volumes'])
      const [one] = inData(world, 'volumes').filter(name => name.length === 64)
      assert.ok(fs.existsSync(`${dataOf(one!)}/k`))
      await ch4(world, ['rm', '-f', 'user'])
      assert.ok(fs.existsSync(dataOf(one!)))
      await ch4(world, ['prune', '-f', '--volumes'])
      assert.equal(
        inData(world, 'volumes').filter(name => name.length === 64),
        [],
      )
    },
    '-v',
    '/v',
  )
  assert.is((await run(world, ['ch4', 'ps', '-aq'])).stdout, '')
})

asRoot(
  'prune takes what is left of a volume without a name whose maker was killed before its record was written',
  async () => {
    const place = `${world.data}/volumes/${nonce().repeat(4)}`
    fs.mkdirSync(place, { recursive: true })
    for (const half of [() => {}, () => fs.writeFileSync(`${place}/volume.json`, '')]) {
      fs.mkdirSync(place, { recursive: true })
      half()
      await ch4(world, ['prune', '-f', '--volumes'])
      assert.not.ok(fs.existsSync(place))
    }
  },
)

test.run()
