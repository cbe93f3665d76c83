import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inBundle } from '#chapters/ch7-oci/validate/find'
import { bundleAt } from '#chapters/ch7-oci/validate/read-bundle'
import { bundleRules } from '#chapters/ch7-oci/validate/rules-bundle'
import { type Case, changed, goodConfig, inWords, type Json, made, toldOf, unmatched } from '#support/validate'

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'validate-bundle-'))
test.after(() => fs.rmSync(scratch, { recursive: true }))

const bundle = path.join(scratch, 'bundle')
const program = path.join(scratch, 'hook')
const plain = path.join(scratch, 'plain')
const absent = path.join(scratch, 'absent')
fs.mkdirSync(path.join(bundle, 'rootfs/bin'), { recursive: true })
fs.mkdirSync(path.join(bundle, 'data'))
fs.writeFileSync(program, '', { mode: 0o755 })
fs.writeFileSync(plain, '', { mode: 0o644 })
fs.writeFileSync(path.join(bundle, 'rootfs/bin/hook'), '', { mode: 0o755 })
fs.symlinkSync('/bin/hook', path.join(bundle, 'rootfs/link'))
fs.symlinkSync('../../../../../../../../bin/link2', path.join(bundle, 'rootfs/up'))
fs.symlinkSync('hook', path.join(bundle, 'rootfs/bin/link2'))
fs.symlinkSync('loop', path.join(bundle, 'rootfs/loop'))

/** A config for this machine. */
function config(): Json {
  let json = changed(goodConfig(), 'linux.namespaces[7].path', '/proc/self/ns/net')
  json = changed(json, 'mounts[4].source', 'data')
  for (const kind of ['createRuntime', 'createContainer', 'poststart', 'poststop']) {
    json = changed(json, `hooks.${kind}[0].path`, program)
  }
  return json
}

const cases: Readonly<Record<string, Case>> = {
  'bundle-root': ['root.path', ['root.path', 'nothing']],
  'bundle-one-directory': ['root.path', ['root.path', 'a/../../rootfs']],
  'bundle-hook': ['hooks.poststop[0].path', ['hooks.poststop[0].path', absent]],
  'bundle-hook-program': ['hooks.createContainer[0].path', ['hooks.createContainer[0].path', plain]],
  'bundle-hook-inside': ['hooks.startContainer[0].path', ['hooks.startContainer[0].path', program]],
  'bundle-bind-source': ['mounts[4].source', ['mounts[4].source', 'absent']],
  'bundle-namespace': ['linux.namespaces[7].path', ['linux.namespaces[7].path', absent]],
}

const told = (json: unknown) => inBundle(JSON.stringify(json), found => bundleAt(bundle, found))

test('nothing is told of a bundle when all that it names is there', () => {
  assert.equal(inWords(told(config())), [])
})

test('a bundle without a config.json is told to have none, and nothing else', () => {
  const findings = inBundle(null, found => bundleAt(bundle, found))
  assert.equal(
    findings.map(({ id, at, section }) => [id, at, section]),
    [['bundle-config', '', 'bundle.md#container-format']],
  )
})

test('every rule about a bundle has a case when the table is read', () => {
  assert.equal(unmatched(bundleRules, { ...cases, 'bundle-config': null }), [])
  for (const { level, rule } of bundleRules) assert.ok(rule.startsWith(`${level} `) && !rule.endsWith('.'), rule)
})

for (const [id, one] of Object.entries(cases)) {
  test(`${id} is told at its place when a bundle breaks it`, () => {
    const findings = told(made(config(), one))
    assert.ok(toldOf(findings, id).includes(one[0]), inWords(findings).join('\n') || 'nothing was told')
  })
}

test('a hook inside is found as the container would find it when links lead there', () => {
  const isThere = (name: string) =>
    toldOf(told(changed(config(), 'hooks.startContainer[0].path', name)), 'bundle-hook-inside').length === 0
  for (const name of ['/bin/hook', '/link', '/up', '/bin/../../link']) assert.ok(isThere(name), name)
  for (const name of [program, '/loop', '/bin', '/absent']) assert.not(isThere(name), name)
})

test('a root that is a file or a link to nothing is no directory when it is looked at', () => {
  fs.symlinkSync('nothing', path.join(bundle, 'dangling'))
  for (const name of [plain, 'dangling', 'config.json']) {
    assert.equal(toldOf(told(changed(config(), 'root.path', name)), 'bundle-root'), ['root.path'], name)
  }
  fs.symlinkSync('rootfs', path.join(bundle, 'linked'))
  assert.equal(toldOf(told(changed(config(), 'root.path', 'linked')), 'bundle-root'), [])
})

test.run()
