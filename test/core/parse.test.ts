import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MiniDockerError } from '#core/errors'
import { parseSpec, readSpec } from '#core/spec/parse'
import { chapters, recipes } from '#support/examples'

const minimal = {
  ociVersion: '1.2.1',
  root: { path: 'rootfs' },
  process: { args: ['sh'], cwd: '/', user: { uid: 0, gid: 0 } },
}
const process = (fields: object) => ({ ...minimal, process: { ...minimal.process, ...fields } })
const linux = (fields: object) => ({ ...minimal, linux: fields })
const user = (fields: object) => process({ user: { uid: 0, gid: 0, ...fields } })
const mount = (fields: object) => ({ ...minimal, mounts: [{ destination: '/x', ...fields }], ...isolated('mount') })
const isolated = (...types: string[]) => ({ linux: { namespaces: types.map(type => ({ type })) } })

function refusal(json: unknown): string {
  try {
    parseSpec(json)
  } catch (error) {
    if (error instanceof MiniDockerError && error.class === 'InvalidArgument') return error.message
    throw error
  }
  return 'taken'
}

test('parseSpec takes every example when it has been through JSON', () => {
  for (const { name, spec } of recipes) assert.equal(readSpec(JSON.stringify(spec)), spec, name)
})

test('parseSpec keeps a field when it does not know it', () => {
  const json = {
    ...process({ noNewPrivileges: true }),
    hooks: {},
    linux: { namespaces: [{ type: 'pid', path: '/x' }] },
  }
  assert.is(parseSpec(json), json)
})

const refused: readonly (readonly [json: unknown, message: string])[] = [
  [null, 'config.json: must be an object'],
  [[], 'config.json: must be an object'],
  [{ ...minimal, ociVersion: undefined }, 'config.json: ociVersion: must be a string'],
  [{ root: minimal.root, process: minimal.process }, 'config.json: ociVersion: is missing'],
  [{ ...minimal, ociVersion: '1.2' }, 'config.json: ociVersion: must be a version as of semver.org, like 1.2.1'],
  [{ ...minimal, ociVersion: '1.02.0' }, 'config.json: ociVersion: must be a version as of semver.org, like 1.2.1'],
  [{ ...minimal, root: '/x' }, 'config.json: root: must be an object'],
  [{ ...minimal, root: { path: '' } }, 'config.json: root.path: must not be empty'],
  [{ ...minimal, root: { path: '/', readonly: 'yes' } }, 'config.json: root.readonly: must be true or false'],
  [{ ...minimal, process: undefined }, 'config.json: process: must be an object'],
  [process({ args: [] }), 'config.json: process.args: must not be empty'],
  [process({ args: 'sh' }), 'config.json: process.args: must be an array'],
  [process({ args: [1] }), 'config.json: process.args[0]: must be a string'],
  [process({ args: ['sh', 'a\0b'] }), 'config.json: process.args[1]: must not contain a NUL'],
  [process({ env: ['A=1', 'B'] }), 'config.json: process.env[1]: must be KEY=VALUE'],
  [process({ env: ['=1'] }), 'config.json: process.env[0]: must be KEY=VALUE'],
  [process({ cwd: 'tmp' }), 'config.json: process.cwd: must be an absolute path'],
  [process({ terminal: 1 }), 'config.json: process.terminal: must be true or false'],
  [process({ consoleSize: { height: 1 } }), 'config.json: process.consoleSize.width: is missing'],
  [user({ uid: -1 }), 'config.json: process.user.uid: -1 is not in 0…4294967295'],
  [user({ uid: 1.5 }), 'config.json: process.user.uid: must be an integer'],
  [user({ gid: '0' }), 'config.json: process.user.gid: must be an integer'],
  [user({ uid: 4294967295 }), 'config.json: process.user.uid: 4294967295 is -1 to setresuid(2): no id'],
  [user({ umask: 0o1000 }), 'config.json: process.user.umask: 512 is not in 0…511'],
  [user({ additionalGids: [0, null] }), 'config.json: process.user.additionalGids[1]: must be an integer'],
  [mount({ destination: '' }), 'config.json: mounts[0].destination: must not be empty'],
  [mount({ options: 'ro' }), 'config.json: mounts[0].options: must be an array'],
  [{ ...minimal, mounts: {} }, 'config.json: mounts: must be an array'],
  [{ ...minimal, annotations: { 'a.b': 1 } }, 'config.json: annotations["a.b"]: must be a string'],
  [linux({ namespaces: [{}] }), 'config.json: linux.namespaces[0].type: is missing'],
  [linux({ namespaces: [{ type: 'net' }] }), "config.json: linux.namespaces[0].type: 'net' is not known"],
  [isolatedTwice(), "config.json: linux.namespaces[3].type: 'pid' is there twice"],
  [linux({ uidMappings: [{ containerID: 0, hostID: 0 }] }), 'config.json: linux.uidMappings[0].size: is missing'],
  [linux({ gidMappings: [map(0, 0, 0)] }), 'config.json: linux.gidMappings[0].size: 0 is not in 1…4294967295'],
  [
    linux({ uidMappings: [map(0, 4294967294, 2)] }),
    'config.json: linux.uidMappings[0]: the range goes past 4294967294, the last id',
  ],
  [linux({ timeOffsets: { realtime: {} } }), "config.json: linux.timeOffsets.realtime: 'realtime' is not known"],
  [
    linux({ timeOffsets: { boottime: { nanosecs: 1e9 } } }),
    'config.json: linux.timeOffsets.boottime.nanosecs: 1000000000 is not in 0…999999999',
  ],
]

function isolatedTwice() {
  return { ...minimal, ...isolated('pid', 'uts', 'mount', 'pid') }
}
function map(containerID: number, hostID: number, size: number) {
  return { containerID, hostID, size }
}

test('parseSpec names the place when a value is not what the spec says', () => {
  for (const [json, message] of refused) assert.is(refusal(json), message)
})

test("parseSpec refuses a field when without its namespace it would change the host's", () => {
  const fields: readonly (readonly [string, object])[] = [
    ['hostname', { hostname: 'box' }],
    ['domainname', { domainname: 'home' }],
    ['mounts', { mounts: [{ destination: '/x' }] }],
    ['root.readonly', { root: { path: '/x', readonly: true } }],
    ['linux.uidMappings', { linux: { uidMappings: [map(0, 0, 1)] } }],
    ['linux.gidMappings', { linux: { gidMappings: [map(0, 0, 1)] } }],
    ['linux.timeOffsets', { linux: { timeOffsets: { monotonic: { secs: 1 } } } }],
  ]
  for (const [field, fragment] of fields) {
    const message = refusal({ ...minimal, ...fragment })
    assert.ok(message.startsWith(`config.json: ${field}: without a`), message)
  }
  const empty = parseSpec({ ...minimal, linux: { cgroupsPath: '', namespaces: [] } })
  assert.equal(empty.linux, { namespaces: [] }, 'an empty cgroupsPath is none')
  const mounting = { ...minimal, mounts: [{ destination: '/x' }], root: { path: '/x', readonly: true } }
  assert.not.throws(() => parseSpec(mounting, { mountsOnHost: true }))
  assert.throws(() => parseSpec({ ...mounting, hostname: 'box' }, { mountsOnHost: true }), /hostname: without a uts/)
})

test('parseSpec takes versions when they are semver', () => {
  for (const ociVersion of ['0.5.0-dev', '1.0.0', '1.2.1-rc.1+build.05', '10.20.30']) {
    assert.is(refusal({ ...minimal, ociVersion }), 'taken', ociVersion)
  }
  for (const ociVersion of ['v1.0.0', '1.0.0-', '1.0.0-01', '1.0.0+', '1.0.0\n', '']) {
    assert.is.not(refusal({ ...minimal, ociVersion }), 'taken', ociVersion)
  }
})

test('readSpec says why when the text is no JSON', () => {
  assert.throws(() => readSpec('{]'), /^config\.json: is no JSON: /)
})

test('parseSpec throws nothing but InvalidArgument when given any JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), json => {
      refusal(json)
    }),
  )
})

test('parseSpec names a place that is there when one value of an example is replaced', () => {
  const [spec] = chapters.map(({ examples }) => examples.userns ?? examples.user)
  fc.assert(
    fc.property(fc.constantFrom(...leavesOf(spec)), fc.jsonValue(), (path, junk) => {
      const broken = structuredClone(spec)
      replace(broken, path, junk)
      const message = refusal(broken)
      if (message === 'taken') return
      const place = /^config\.json: ([\w.[\]"]+): /.exec(message)?.[1] ?? ''
      const written = path.map(key => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
      assert.ok(
        `.${place}`.startsWith(written) || written.startsWith(`.${place}`) || message.includes('without a'),
        message,
      )
    }),
  )
})

type Path = readonly (string | number)[]

function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const keys = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value)
  return keys.flatMap(key => leavesOf((value as Record<string | number, unknown>)[key], [...path, key]))
}

function replace(value: unknown, path: Path, by: unknown): void {
  let at = value as Record<string | number, unknown>
  for (const key of path.slice(0, -1)) at = at[key] as typeof at
  at[path.at(-1)!] = by
}

test.run()
