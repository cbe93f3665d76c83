/** `ch4 pack DIR`: what goes into the layer, looked at by GNU tar; and the same digest for the same tree. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as net from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Options, run } from '#support/cli'
import { imageNames, storedImage, tarList, unpackedByTar } from '#support/images'
import { needs } from '#support/needs'
import { newWorld, nonce } from '#support/world'

const world = newWorld()

async function packed(args: readonly string[], options: Options = {}): Promise<string> {
  const result = await run(world, ['ch4', 'pack', '-q', ...args], options)
  assert.is(result.code, 0, result.stderr)
  assert.match(result.stdout, /^sha256:[0-9a-f]{64}\n$/)
  return result.stdout.trim()
}

const namesOf = (digest: string): string[] => tarList(storedImage(world.data, digest).blobs[0]!)

needs('tar')('pack takes a tree as it is when it holds all kinds of files', async () => {
  const tree = world.directoryOf({ 'a/b': 'text', 'run.sh': '#!/bin/sh\n', 'new\nline': '1', "it's $x": '2' })
  fs.chmodSync(`${tree}/run.sh`, 0o4755)
  fs.symlinkSync('../nowhere', `${tree}/a/link`)
  fs.linkSync(`${tree}/a/b`, `${tree}/hard`)
  fs.writeFileSync(Buffer.concat([Buffer.from(`${tree}/bad`), Buffer.of(0xff)]), '3')
  execFileSync('mkfifo', [`${tree}/fifo`])
  fs.utimesSync(`${tree}/a/b`, 1, 1_000_000_000.5)
  const image = storedImage(world.data, await packed(['-t', 'all', tree]))
  const lines = tarList(image.blobs[0]!, '-v')
  const of = (name: string): string => lines.find(one => one.includes(name)) ?? `no ${name} in ${lines}`
  assert.match(of('run.sh'), /^-rwsr-xr-x 0\/0 +10 /)
  assert.match(of('a/link'), /^lrwxrwxrwx .* a\/link -> \.\.\/nowhere$/)
  assert.match(of('hard'), /^h.* hard link to a\/b$/)
  assert.match(of('fifo'), /^p/)
  assert.match(of(' a/b'), /2001-09-09 01:46:40\.5/)
  assert.ok(lines.some(one => one.endsWith(' new\\nline')) && lines.some(one => one.endsWith(' bad\\377')))
  const root = unpackedByTar(world, image)
  assert.is(execFileSync('diff', ['-r', '--no-dereference', '--exclude=fifo', tree, root], { encoding: 'utf8' }), '')
})

needs('tar')(
  'pack gives the same digest when the same tree was made in another order, read since, or under another umask',
  async () => {
    const names = ['z', 'a', 'm/x', 'm/b', 'k']
    const first = world.directoryOf(Object.fromEntries(names.map(name => [name, name])))
    const second = world.directoryOf(Object.fromEntries([...names].reverse().map(name => [name, name])))
    for (const tree of [first, second]) {
      for (const name of [...names, 'm', ''])
        fs.utimesSync(`${tree}/${name}`, tree === first ? 1 : 2_000_000, 1_700_000_000)
    }
    const one = await packed(['-t', 'one', first])
    const two = await packed(['-t', 'two', second], { prefix: ['sh', '-c', 'umask 077; exec "$@"', 'sh'], cwd: '/' })
    assert.is(one, two)
    fs.writeFileSync(`${second}/k`, 'j')
    fs.utimesSync(`${second}/k`, 1, 1_700_000_000)
    assert.is.not(await packed(['-t', 'two', second]), one, 'and another one when a letter differs')
  },
)

needs('tar')('pack gives the same digest for other times when SOURCE_DATE_EPOCH is before them', async () => {
  const digests: string[] = []
  for (const at of [1_700_000_000, 1_800_000_000]) {
    const tree = world.directoryOf({ 'd/f': 'x' })
    for (const name of ['d/f', 'd', '']) fs.utimesSync(`${tree}/${name}`, 1, at)
    digests.push(await packed(['-t', 'epoch', tree], { env: { SOURCE_DATE_EPOCH: '1600000000' } }))
  }
  assert.is(digests[0], digests[1])
  const { config, blobs } = storedImage(world.data, digests[0]!)
  assert.is(config.created, '2020-09-13T12:26:40Z')
  for (const one of tarList(blobs[0]!, '-v')) assert.match(one, /2020-09-13 12:26:40/)
})

test('pack leaves out what --exclude says, and sockets', async () => {
  const tree = world.directoryOf({
    'app.js': '',
    'app.log': '',
    'node_modules/x/y': '',
    'var/cache/z': '',
    'var/lib/z': '',
  })
  const server = net.createServer().listen(`${tree}/sock`)
  await new Promise(resolve => server.once('listening', resolve))
  const flags = ['--exclude', 'node_modules', '--exclude', '*.log', '--exclude=/var/cache']
  const digest = await packed(['-t', 'less', tree, ...flags])
  server.close()
  assert.equal(namesOf(digest), ['./', 'app.js', 'var/', 'var/lib/', 'var/lib/z'])
  const { config } = storedImage(world.data, digest)
  assert.is(
    config.history?.[0]?.created_by,
    "mini-docker pack --exclude node_modules --exclude '*.log' --exclude /var/cache",
  )
  assert.equal(config.config?.Env, ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'])
  assert.is(config.config?.Cmd, undefined)
})

needs('root', 'unshare')('pack does not cross into another file system when one is mounted in the tree', async () => {
  const tree = world.directoryOf({ 'mnt/below': 'hidden', 'same/f': '1' })
  const script = `mount -t tmpfs none ${tree}/mnt && touch ${tree}/mnt/foreign && exec "$@"`
  const prefix = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh']
  assert.equal(namesOf(await packed(['-t', 'one-fs', tree], { prefix })), ['./', 'mnt/', 'same/', 'same/f'])
})

test('pack leaves out its own directories when they are in the tree', async () => {
  const tree = world.directoryOf({ f: '1' })
  const env = { MINI_DOCKER_ROOT: `${tree}/data`, MINI_DOCKER_RUN: `${tree}/run` }
  const result = await run(world, ['ch4', 'pack', '-q', '-t', 'self', tree], { env })
  assert.is(result.code, 0, result.stderr)
  const { blobs } = storedImage(`${tree}/data`, result.stdout.trim())
  assert.equal(tarList(blobs[0]!), ['./', 'f'])
})

test('pack of the whole machine empties what does not last', async () => {
  const looked = ['proc', 'sys', 'dev', 'run', 'tmp', 'etc']
  const others = fs.readdirSync('/').filter(name => !looked.includes(name))
  const top = [...others.map(name => `--exclude=/${name}`), '--exclude=/etc/[!h]*']
  const { stdout, code, stderr } = await run(world, ['ch4', 'pack', '--list', '--from', '/', ...top])
  assert.is(code, 0, stderr)
  const paths = stdout.split('\n').map(one => one.split(' ').at(-1)!)
  for (const place of ['/proc', '/sys', '/dev', '/run', '/tmp']) {
    assert.ok(paths.includes(place), `${place} is there`)
    assert.not(
      paths.some(path => path.startsWith(`${place}/`)),
      `${place} is empty`,
    )
  }
  assert.ok(paths.includes('/etc/hosts'))
})

test('pack makes a config of its flags', async () => {
  const tree = world.directoryOf({ f: '1' })
  const flags = ['-e', 'A=1', '-w', '/app', '-u', '1:2', '-l', 'k=v', '--expose', '80', '--entrypoint', 'env']
  const { config } = storedImage(
    world.data,
    await packed(['-t', 'config', ...flags, tree, '--cmd', 'sh', '-c', 'echo -t hi']),
  )
  assert.equal(config.config, {
    User: '1:2',
    ExposedPorts: { '80/tcp': {} },
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'A=1'],
    Entrypoint: ['env'],
    Cmd: ['sh', '-c', 'echo -t hi'],
    WorkingDir: '/app',
    Labels: { k: 'v' },
  })
  assert.is(config.os, 'linux')
})

test('pack says in one line what it cannot do, and leaves nothing', async () => {
  const name = `bad-${nonce()}`
  const tree = world.directoryOf({ f: '1' })
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /ch4 pack: needs a directory or a command/],
    [[tree], /ch4 pack: the image needs a name \(--tag NAME/],
    [['-t', 'UPPER', tree], /image name 'UPPER': has upper-case letters/],
    [['-t', name, '/nope'], /directory '\/nope': is not there/],
    [['-t', name, `${tree}/f`], /is not a directory/],
    [['-t', name, tree, tree], /is one directory too many/],
    [['-t', name, '--from', '/', tree], /is one directory too many/],
    [['-t', name, tree, '--no-trace'], /--no-trace: goes with --cmd/],
    [['-t', name, tree, '--compression', 'lzma'], /--compression 'lzma': is not gzip, zstd or none/],
    [['-t', name, tree, '--exclude', ''], /--exclude '': names nothing/],
    [['-t', name, '--cmd'], /flag '--cmd': needs a value: COMMAND\.\.\./],
    [['-t', name, '--cmd', ''], /--cmd '': names no program/],
    [['-t', name, '--trace-for', 'x', '--cmd', 'true'], /--trace-for 'x': is not a number of seconds/],
    [['-t', name, '--trace-for', '1', '--no-trace', '--cmd', 'true'], /--no-trace: contradicts --trace-for/],
  ]
  for (const [args, said] of refused) {
    const { code, stderr, stdout } = await run(world, ['ch4', 'pack', ...args])
    assert.match(stderr, said)
    assert.match(stderr, /^mini-docker: [^\n]+\n$/)
    assert.is(code, 125)
    assert.is(stdout, '')
  }
  assert.not(imageNames(world.data).some(one => one.startsWith(name)))
  assert.equal(fs.readdirSync(`${world.data}/store/ingest`), [])
  assert.equal(fs.readdirSync(`${world.data}/store/leases`), [])
})

needs('root', 'setpriv')('pack names the file when it may not read it', async () => {
  const tree = world.directoryOf({ 'a/secret': 'x' })
  fs.chmodSync(`${tree}/a/secret`, 0o600)
  const home = world.path()
  fs.mkdirSync(home)
  fs.chownSync(home, 61_234, 61_234)
  const prefix = ['setpriv', '--reuid', '61234', '--regid', '61234', '--clear-groups']
  const env = { MINI_DOCKER_ROOT: `${home}/data`, MINI_DOCKER_RUN: `${home}/run`, NODE_V8_COVERAGE: '' }
  const { code, stderr } = await run(world, ['ch4', 'pack', '-q', '-t', 'secret', tree], { env, prefix })
  assert.is(code, 125)
  assert.match(stderr, /^mini-docker: file '\/a\/secret': EACCES \(--exclude/)
  assert.equal(imageNames(`${home}/data`), [])
})

test.run()
