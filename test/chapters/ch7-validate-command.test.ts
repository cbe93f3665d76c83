import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import { oneLine } from '#support/store'
import { changed, goodConfig, goodImageConfig, type Json } from '#support/validate'
import { newWorld } from '#support/world'

const world = newWorld()
const directory = world.directoryOf({
  'good.json': JSON.stringify(goodConfig()),
  'poor.json': JSON.stringify(changed(goodConfig(), 'root.path', '/var/root')),
  'bad.json': JSON.stringify(
    changed(changed(goodConfig(), 'process.cwd', 'a\u001b[31m'), 'annotations', { 'x\u009b': '' }),
  ),
  'image.json': JSON.stringify(goodImageConfig()),
})
const validate = (args: readonly string[], input = '') =>
  run(world, ['ch7', 'validate', ...args], { cwd: directory, input })

test('validate tells places, rules and sections, counts them and exits as a linter does', async () => {
  const good = await validate(['config', 'good.json'])
  assert.equal([good.code, good.stdout, good.stderr], [0, 'good.json: valid\n', ''])
  const poor = await validate(['config', 'poor.json'])
  const words = 'poor.json: root.path = "/var/root": SHOULD be rootfs, as is the custom  (config.md#root)\n'
  assert.equal([poor.code, poor.stdout], [0, `${words}poor.json: 0 errors, 1 warning\n`])
  assert.is((await validate(['config', '--strict', 'poor.json'])).code, 1)
  const bad = await validate(['config', 'bad.json'])
  assert.is(bad.code, 1)
  assert.match(
    bad.stdout,
    /^bad\.json: process\.cwd = "a\\u001b\[31m": MUST be an absolute path {2}\(config\.md#process\)$/m,
  )
  assert.match(bad.stdout, /^bad\.json: 1 error, 1 warning$/m)
  assert.not.match(bad.stdout, /[\x1b\x9b]/)
})

test('validate prints versioned JSON when it is asked for', async () => {
  const { code, stdout } = await validate(['config', 'bad.json', '--json'])
  const { findings, ...report } = JSON.parse(stdout) as { findings: Json[] }
  assert.is(code, 1)
  const about = { version: 1, kind: 'config', path: 'bad.json', spec: 'runtime-spec', specVersion: '1.3.0' }
  assert.equal(report, { ...about, valid: false, errors: 1, warnings: 1 })
  assert.equal(findings[1], {
    file: 'bad.json',
    at: 'process.cwd',
    severity: 'error',
    level: 'MUST',
    id: 'process-cwd',
    rule: 'MUST be an absolute path',
    section: 'config.md#process',
    url: 'https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#process',
    found: 'a\u001b[31m',
  })
})

test('validate reads stdin, a document of an image, a bundle and a layout when it is told to', async () => {
  assert.is((await validate(['config', '-'], JSON.stringify(goodConfig()))).stdout, '-: valid\n')
  assert.is((await validate(['image', 'image.json'])).stdout, 'image.json: valid\n')
  const bundle = await validate(['bundle', '.'])
  assert.equal(
    [bundle.code, bundle.stdout.split('\n')[0]],
    [1, 'config.json: MUST be there, in the top directory of the bundle  (bundle.md#container-format)'],
  )
  const layout = await validate(['layout', '.'])
  assert.equal([layout.code, layout.stdout.split('\n')[3]], [1, '.: 3 errors, 0 warnings'])
})

test('validate says in one line what it cannot read, and exits with 125', async () => {
  const refused = async (args: readonly string[], why: RegExp) => {
    const result = await validate(args)
    oneLine(result, why)
    assert.is(result.code, 125, args.join(' '))
    assert.is(result.stdout, '')
  }
  await refused([], /needs one of bundle, config, image, layout/)
  await refused(['nothing', 'x'], /'nothing': needs one of/)
  await refused(['config'], /takes one PATH/)
  await refused(['config', 'good.json', 'bad.json'], /takes one PATH/)
  for (const kind of ['config', 'bundle', 'image', 'layout']) await refused([kind, 'absent'], /'absent': ENOENT/)
  await refused(['bundle', 'good.json'], /is no directory \(for a file: ch7 validate config\)/)
  await refused(['config', '.'], /is a directory \(ch7 validate bundle\)/)
  await refused(['image', 'good.json'], /is the config of a bundle \(ch7 validate config\)/)
  await refused(['layout', 'good.json'], /archive 'good\.json': is no tar archive|cut off/)
})

test('validate reads a document of 4 MiB and refuses a longer one when it comes', async () => {
  const text = JSON.stringify(goodConfig())
  fs.writeFileSync(`${directory}/long.json`, text.padEnd(4 << 20))
  assert.is((await validate(['config', 'long.json'])).code, 0)
  fs.appendFileSync(`${directory}/long.json`, ' ')
  oneLine(await validate(['config', 'long.json']), /'long\.json': has 4194305 bytes, and is no document then/)
})

test.run()
