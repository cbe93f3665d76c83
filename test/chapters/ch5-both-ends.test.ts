/** The client's commands at our own server: what each of them says is what the other does. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import { ask, newRegistry, pushImage } from '#support/registry'
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

test.run()
