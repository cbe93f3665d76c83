/** The images that this machine makes of itself: the stack of operating system, language runtime, web server and app. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openImages } from '#chapters/ch4-images/images'
import { readyMade, readyMadeNames } from '#chapters/ch4-images/pack/ready-made'
import { serverPath } from '#chapters/ch4-images/pack/web-stack'
import { run } from '#support/cli'
import { imageNames, storedImage, tarList } from '#support/images'
import { needs } from '#support/needs'
import { newUser } from '#support/users'
import { newWorld } from '#support/world'

const world = newWorld()
const runs = needs('root', 'native')

runs('mini/base is made when it is first run', async () => {
  assert.equal(imageNames(world.data), [])
  const { stdout, code, stderr } = await run(world, [
    'ch4',
    'run',
    '--rm',
    'mini/base',
    'sh',
    '-c',
    'cat /etc/os-release; id -u',
  ])
  assert.is(code, 0, stderr)
  assert.match(stdout, /^ID=mini-docker\n[\s\S]*\n0\n$/)
  assert.equal(imageNames(world.data), ['mini/base:latest'])
})

needs(
  'root',
  'native',
  'user namespaces',
  'overlay',
  'setpriv',
)("mini/base is root's when an ordinary user has it made", async () => {
  const user = newUser(world)
  const env = { ...user.options.env, MINI_DOCKER_ROOT: `${user.home}/data` }
  const { stdout, code, stderr } = await run(
    world,
    ['ch4', 'run', '--rm', 'mini/base', 'stat', '-c', '%u:%g', '/', '/bin', '/etc/os-release'],
    { ...user.options, env, seconds: 60 },
  )
  assert.equal([code, stdout], [0, '0:0\n0:0\n0:0\n'], stderr)
})

runs("mini/node runs this machine's Node on top of mini/base", async () => {
  const { stdout, code, stderr } = await run(
    world,
    ['ch4', 'run', '--rm', 'mini/node', 'node', '-p', 'process.version'],
    { seconds: 120 },
  )
  assert.is(code, 0, stderr)
  assert.is(stdout, `${process.version}\n`)
  const shell = await run(world, [
    'ch4',
    'run',
    '--rm',
    'mini/node',
    'sh',
    '-c',
    'ls /bin/sh && node -e 0 && echo both',
  ])
  assert.is(shell.stdout, '/bin/sh\nboth\n', shell.stderr)
})

runs('mini/app serves its page', async () => {
  const fetching = `import('${serverPath}').then(async () => {
    await new Promise(done => setTimeout(done, 300))
    for (const path of ['/', '/nope', '/..%2f..%2f..%2fetc/passwd', '/%']) {
      const answer = await fetch('http://127.0.0.1:8080' + path)
      console.log(answer.status, (await answer.text()).split('\\n')[0])
    }
    process.exit()
  })`
  const { stdout, stderr } = await run(world, ['ch4', 'run', '--rm', 'mini/app', 'node', '-e', fetching], {
    seconds: 120,
  })
  assert.is(stdout, 'listening on 8080\n200 <!doctype html>\n404 not found\n404 not found\n404 not found\n', stderr)
})

needs('tar')('the stack has a layer a storey, and each image has those below it', async () => {
  const images = openImages(world.data)
  const stacks = []
  for (const name of readyMadeNames) stacks.push(storedImage(world.data, (await readyMade(images, name)!()).digest))
  const [base, node, web, app] = stacks.map(({ manifest }) => manifest.layers.map(({ digest }) => digest))
  assert.equal([base!.length, node!.length, web!.length, app!.length], [1, 2, 3, 4])
  for (const below of [base!, node!, web!]) assert.equal(app!.slice(0, below.length), below)
  const { config, blobs } = stacks[3]!
  assert.is(config.history!.length, 4)
  assert.equal(config.config!.Cmd, ['node', serverPath])
  assert.equal(
    tarList(blobs[3]!).filter(name => !name.endsWith('/')),
    ['srv/www/index.html'],
  )
})

test('a ready-made image is the same when it is made again, elsewhere', async () => {
  const other = newWorld()
  const made = async (data: string): Promise<string> => (await readyMade(openImages(data), 'mini/base')!()).digest
  assert.is(await made(other.data), await made(world.data))
})

test('only names of ready-made images have something that makes them', () => {
  const images = openImages(world.data)
  for (const name of ['mini/base', 'mini/base:latest', 'mini/node', 'mini/app'])
    assert.type(readyMade(images, name), 'function')
  for (const name of ['mini/base:1', 'base', 'mini/other', 'UPPER', 'abcdef012345', ''])
    assert.is(readyMade(images, name), undefined)
})

test.run()
