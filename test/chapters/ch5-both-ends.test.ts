/** The client's commands at our own server: what each of them says is what the other does. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { getManifest } from '#chapters/ch5-registry/client/image/manifest'
import { fromFirst, mirrorsOf, registriesOf } from '#chapters/ch5-registry/client/image/mirrors'
import { run } from '#support/cli'
import { ask, newRegistry, pushImage, putManifest } from '#support/registry'
import { newWorld, nonce } from '#support/world'

test('what is attached is listed by the referrers API, and by no tag in its place', async () => {
  const server = await newRegistry()
  const [world, type, text] = [newWorld(), `application/x-${nonce()}`, nonce()]
  const image = await pushImage(server.port, 'team/app', '1', nonce())
  const name = `localhost:${server.port}/team/app:1`
  fs.writeFileSync(world.path('notes.txt'), text)
  const ch5 = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(world, ['ch5', ...args], { seconds: 60 })
    assert.is(code, 0, stderr)
    return stdout
  }
  await ch5('attach', '--type', type, name, world.path('notes.txt'))
  await ch5('attach', '--type', 'application/x-other', name, world.path('notes.txt'))
  const { json } = await ask(server.port, 'GET', `/v2/team/app/referrers/${image.digest}`)
  assert.equal(
    json.manifests.map(({ artifactType }: { artifactType: string }) => artifactType).sort(),
    [type, 'application/x-other'].sort(),
  )
  const [own] = json.manifests.filter(({ artifactType }: { artifactType: string }) => artifactType === type)
  const { json: artifact } = await ask(server.port, 'GET', `/v2/team/app/manifests/${own.digest}`)
  assert.is(artifact.subject.digest, image.digest)
  const blob = await ask(server.port, 'GET', `/v2/team/app/blobs/${artifact.layers[0].digest}`)
  assert.is(blob.body.toString(), text)
  assert.equal((await ask(server.port, 'GET', '/v2/team/app/tags/list')).json.tags, ['1'])
  const listed = await ch5('artifacts', '--type', type, '--json', name)
  assert.ok(listed.includes(own.digest))
  assert.not.ok(listed.includes('application/x-other'))
  await server.close(1000)
})

test('a tag, a manifest and nothing else goes when it is deleted, and what is inspected gives the terminal no orders', async () => {
  const server = await newRegistry()
  const world = newWorld()
  const image = await pushImage(server.port, 'team/app', '1', `${nonce()}\u009b31m\u007f`)
  for (const tag of ['2', '3']) await putManifest(server.port, 'team/app', tag, image.bytes)
  const name = `localhost:${server.port}/team/app`
  const ch5 = (...args: string[]) => run(world, ['ch5', ...args], { seconds: 60 })
  const config = await ch5('inspect', '--config', `${name}:1`)
  assert.not.match(config.stdout, /[\x7f-\x9f]/)
  assert.match(JSON.parse(config.stdout).seed, /\u009b31m\u007f$/)
  const tags = async (): Promise<unknown> => (await ask(server.port, 'GET', '/v2/team/app/tags/list')).json.tags
  assert.match((await ch5('delete', name)).stderr, /names no tag and no digest/)
  assert.is((await ch5('delete', `${name}:2`)).code, 0)
  assert.equal(await tags(), ['1', '3'])
  assert.is((await ch5('delete', `${name}@${image.digest}`)).code, 0)
  assert.equal(await tags(), [])
  assert.is((await ask(server.port, 'GET', `/v2/team/app/manifests/${image.digest}`)).status, 404)
  await server.close(1000)
})

test('the first mirror that has an image of docker.io gives it, and is asked for no other', async () => {
  const [empty, full] = [await newRegistry(), await newRegistry()]
  const image = await pushImage(full.port, 'library/app', '1', nonce())
  const mirrors = mirrorsOf([1, empty.port, full.port].map(port => `http://127.0.0.1:${port}`))
  const asked: string[] = []
  const digest = async (domain: string): Promise<unknown> => {
    const registries = registriesOf(domain, mirrors, [])
    try {
      return await fromFirst(registries, async registry => {
        asked.push(registry.domain)
        const about = { what: 'app', domain: registry.domain }
        if (registry.domain === domain) return 'origin'
        return (await getManifest(registry, 'library/app', '1', about)).descriptor.digest
      })
    } finally {
      for (const registry of registries) await registry.close()
    }
  }
  assert.is(await digest('docker.io'), image.digest)
  assert.equal(
    asked,
    mirrors.map(({ host }) => host),
  )
  assert.is(await digest('registry.example'), 'origin')
  await full.close(1000)
  assert.is(await digest('docker.io'), 'origin')
  await empty.close(1000)
})

test('mirrors are those of the flags, else of dockerd’s file, and a wrong one is refused', () => {
  const file = newWorld().path('daemon.json')
  assert.equal(mirrorsOf([], file), [])
  fs.writeFileSync(file, JSON.stringify({ 'registry-mirrors': ['https://one.example/'] }))
  assert.equal(mirrorsOf([], file).map(String), ['https://one.example/'])
  assert.equal(mirrorsOf(['http://two.example:1'], file).map(String), ['http://two.example:1/'])
  for (const wrong of ['two.example', 'ftp://two.example', 'https://two.example/a', 'https://a:b@two.example']) {
    assert.throws(() => mirrorsOf([wrong], file), /no address/, wrong)
  }
})

test.run()
