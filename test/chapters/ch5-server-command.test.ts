import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Running, run, start } from '#support/cli'
import { needs } from '#support/needs'
import { ask, pushBlob, pushImage, sha256 } from '#support/registry'
import { newWorld, nonce } from '#support/world'

const world = newWorld()
const onLinux = needs('linux')
const serve = (root: string, ...flags: readonly string[]): Running =>
  start(world, ['ch5', 'serve', '--listen', '127.0.0.1:0', '--root', root, ...flags], { seconds: 120 })
const portOf = async (server: Running): Promise<number> => Number((await server.says(/127\.0\.0\.1:(\d+)/))[1])

async function end(server: Running): Promise<string> {
  server.child.kill('SIGTERM')
  const { code, stderr } = await server.done
  assert.is(code, 0, stderr)
  return stderr
}

onLinux('an upload goes on after the registry was killed', async () => {
  const root = world.path()
  const first = serve(root)
  const bytes = nonce().repeat(10_000)
  const one = await portOf(first)
  const { headers } = await ask(one, 'POST', '/v2/a/blobs/uploads/')
  assert.is((await ask(one, 'PATCH', headers.location!, { body: bytes.slice(0, 100_000) })).status, 202)
  first.child.kill('SIGKILL')
  await first.done
  const second = serve(root)
  const two = await portOf(second)
  assert.is((await ask(two, 'GET', headers.location!)).headers.range, '0-99999')
  const rest = { body: bytes.slice(100_000), headers: { 'content-range': `100000-${bytes.length - 1}` } }
  assert.is((await ask(two, 'PUT', `${headers.location}?digest=${sha256(bytes)}`, rest)).status, 201)
  assert.is(sha256((await ask(two, 'GET', `/v2/a/blobs/${sha256(bytes)}`)).body), sha256(bytes))
  await end(second)
})

onLinux('gc says what would go, and removes it, while nobody serves', async () => {
  const root = world.path()
  const server = serve(root)
  const port = await portOf(server)
  const kept = await pushImage(port, 'a', '1', nonce())
  const loose = await pushBlob(port, 'a', nonce())
  const busy = await run(world, ['ch5', 'gc', '--root', root])
  assert.equal([busy.code, busy.stderr.includes('is in use by another process')], [125, true])
  await end(server)
  const young = await run(world, ['ch5', 'gc', '--root', root, '--json'])
  assert.equal(JSON.parse(young.stdout).blobs, [])
  const dry = await run(world, ['ch5', 'gc', '--root', root, '--grace', '0', '--dry-run'])
  assert.match(dry.stdout, `blob ${loose} 16B`)
  assert.ok(fs.existsSync(`${root}/blobs/sha256/${loose.slice(7)}`))
  const done = await run(world, ['ch5', 'gc', '--root', root, '--grace', '0'])
  assert.equal(done.stdout.split('\n'), [`link a@${loose}`, `blob ${loose} 16B`, 'freed: 16B', ''])
  const again = serve(root)
  const { body } = await ask(await portOf(again), 'GET', '/v2/a/manifests/1')
  assert.is(body.toString(), kept.bytes)
  await end(again)
  const nowhere = await run(world, ['ch5', 'gc', '--root', world.path()])
  assert.is(nowhere.code, 125)
})

onLinux('serve logs each request, as text or as JSON', async () => {
  const text = serve(world.path())
  await ask(await portOf(text), 'GET', '/v2/%1b%5b31m/tags/list')
  const line = await end(text)
  assert.match(line, / - GET \/v2\/%1b%5b31m\/tags\/list 400 /)
  const json = serve(world.path(), '--log', 'json')
  await ask(await portOf(json), 'GET', '/v2/')
  const [first] = (await end(json)).split('\n')
  assert.is(JSON.parse(first!).path, '/v2/')
})

needs('root', 'native')('serve has the ready-made images when it is told to, and again when it has them', async () => {
  const root = world.path()
  for (let i = 0; i < 2; i++) {
    const server = serve(root, '--seed')
    const port = await portOf(server)
    assert.equal((await ask(port, 'GET', '/v2/_catalog')).json.repositories, [
      'mini/app',
      'mini/base',
      'mini/node',
      'mini/web',
    ])
    const { json } = await ask(port, 'GET', '/v2/mini/node/manifests/latest')
    for (const { digest } of [json.config, ...json.layers]) {
      assert.is(sha256((await ask(port, 'GET', `/v2/mini/node/blobs/${digest}`)).body), digest)
    }
    await end(server)
  }
})

onLinux('serve refuses in one line what it cannot do', async () => {
  const file = world.path()
  fs.writeFileSync(file, 'ann:plain\n')
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['--listen', 'nowhere'], "address 'nowhere'"],
    [['--listen', '127.0.0.1:70000'], "address '127.0.0.1:70000'"],
    [['--auth', 'token'], '--htpasswd FILE'],
    [['--auth', 'digest'], 'basic, token'],
    [['--tls-cert', file], '--tls-key'],
    [['--htpasswd', file], 'bcrypt'],
    [['--htpasswd', `${file}.not`], 'ENOENT'],
    [['--policy', file], 'is no JSON'],
    [['--quota', 'much'], "size 'much'"],
    [['--proxy', 'ftp://x'], 'is no address'],
    [['--proxy', 'https://x/mirror'], 'is no address'],
    [['--tls-cert', file, '--tls-key', file], 'PEM'],
    [['--root', `${file}/below`], 'ENOTDIR'],
  ]
  for (const [flags, words] of cases) {
    const root = flags.includes('--root') ? [] : ['--root', world.path()]
    const listen = flags.includes('--listen') ? [] : ['--listen', '127.0.0.1:0']
    const { code, stderr } = await run(world, ['ch5', 'serve', ...root, ...listen, ...flags])
    assert.is(code, 125, flags.join(' '))
    assert.ok(stderr.includes(words), `${flags.join(' ')}: ${stderr}`)
    assert.is(stderr.trim().split('\n').length, 1, stderr)
  }
})

test.run()
