/** The pure parts of pack: patterns, what a machine leaves out, order, config. */

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type ConfigWish, containerConfigOf, sourceDate, spelled, timeOf } from '#chapters/ch4-images/pack/config'
import { ownedByRoot, settleDirectories } from '#chapters/ch4-images/pack/entries'
import { type Item, inOrder } from '#chapters/ch4-images/pack/item'
import { machineExcludes } from '#chapters/ch4-images/pack/machine-excludes'
import { mountPointsBelow } from '#chapters/ch4-images/pack/mount-points'
import { excludesOf } from '#chapters/ch4-images/pack/patterns'
import { MiniDockerError } from '#core/errors'

function line(body: () => unknown): string {
  try {
    body()
  } catch (error) {
    if (error instanceof MiniDockerError) return error.line
    throw error
  }
  return 'taken'
}

/** Patterns, what they leave out, what they keep. */
const patterns: readonly (readonly [readonly string[], readonly string[], readonly string[]])[] = [
  [[], [], ['/a']],
  [['node_modules'], ['/node_modules', '/x/node_modules', '/x/node_modules/y'], ['/node_modules2', '/x/a']],
  [['*.log'], ['/a.log', '/x/y.log', '/.log'], ['/a.logs', '/log']],
  [['/etc/*.conf'], ['/etc/a.conf'], ['/etc/x/a.conf', '/a.conf', '/x/etc/a.conf']],
  [['var/cache/'], ['/var/cache', '/var/cache/x'], ['/x/var/cache']],
  [['**/cache/x'], ['/cache/x', '/a/b/cache/x'], ['/cache/y', '/acache/x']],
  [['/usr/**/doc'], ['/usr/doc', '/usr/a/b/doc', '/usr/a/doc/f'], ['/usr', '/usr/docs']],
  [['a?c'], ['/abc', '/x/a-c'], ['/a/c', '/ac']],
  [['[ab]'], ['/a', '/b/x'], ['/c']],
  [['[!ab]'], ['/c'], ['/a', '/b']],
  [['*.js', '!keep.js'], ['/a.js'], ['/keep.js', '/x/keep.js']],
  [['/dir', '!/dir/keep'], ['/dir', '/dir/keep'], ['/keep']],
  [['a.b+c(d)'], ['/a.b+c(d)'], ['/axb+c(d)']],
  [['\\*'], ['/*'], ['/a']],
  [['new\nline'], ['/new\nline'], ['/newline']],
]

test('excludes leave out what gitignore would when they are asked', () => {
  for (const [given, out, kept] of patterns) {
    const excluded = excludesOf(given)
    for (const path of out) assert.ok(excluded(path), `${given} leaves out ${path}`)
    for (const path of kept) assert.not(excluded(path), `${given} keeps ${path}`)
  }
})

test('excludes refuse a pattern that names nothing', () => {
  for (const pattern of ['', '/', '!', '!/']) {
    assert.match(
      line(() => excludesOf([pattern])),
      /names nothing that could be left out/,
    )
  }
})

test('excludes leave out exactly one path when its characters are escaped', () => {
  const name = fc.string({ minLength: 1 }).map(text => text.replaceAll(/[/\0]/g, 'x'))
  fc.assert(
    fc.property(name, name, (wanted, other) => {
      const excluded = excludesOf([`/${wanted.replaceAll(/[\\*?[\]!]/g, '\\$&')}`])
      assert.is(excluded(`/${wanted}`), true)
      if (other !== wanted) assert.is(excluded(`/${other}`), false)
    }),
    { numRuns: 1000 },
  )
})

const mountinfo = [
  '1 0 254:0 / / rw - ext4 /dev/vda rw',
  '2 1 0:5 / /proc rw - proc proc rw',
  '3 1 0:6 / /srv/root/with\\040blank rw - tmpfs tmpfs rw',
  '4 1 0:7 / /srv/rootless rw - tmpfs tmpfs rw',
].join('\n')

test('mountPointsBelow finds what is mounted in a tree, in words of the tree', () => {
  assert.equal([...mountPointsBelow(mountinfo, '/srv/root')], ['/with blank'])
  assert.equal([...mountPointsBelow(mountinfo, '/')], ['/proc', '/srv/root/with blank', '/srv/rootless'])
})

test('machineExcludes empties mount points, and leaves our own directories out', () => {
  const machine = { mountinfo, ownDirectories: ['/srv/root/data', '/run/mini-docker'] }
  const inTree = machineExcludes('/srv/root', machine)
  assert.ok(inTree('/with blank/x') && inTree('/data'))
  assert.not(inTree('/with blank') || inTree('/tmp/x') || inTree('/data2'))
  const whole = machineExcludes('/', machine)
  for (const path of ['/proc/1', '/sys/x', '/dev/null', '/run/x', '/tmp/x', '/srv/root/data'])
    assert.ok(whole(path), path)
  for (const path of ['/proc', '/sys', '/dev', '/run', '/tmp', '/etc/tmp/x', '/srv/root']) assert.not(whole(path), path)
})

const item = (target: string, type: Item['type'], mtime: bigint | null): Item => ({
  target,
  type,
  way: 'trace',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime,
})

test('items stand in the order of a walk when they came in any', () => {
  const targets = ['/', '/a', '/a/b', '/a/b/c', '/a.b', '/a b', '/b']
  const order = ['/', '/a', '/a/b', '/a/b/c', '/a b', '/a.b', '/b']
  fc.assert(
    fc.property(fc.shuffledSubarray(targets, { minLength: targets.length }), some => {
      const items = inOrder(some.map(target => item(target, 'file', 0n)))
      assert.equal(
        items.map(({ target }) => target),
        order,
      )
    }),
  )
})

test('a directory has the time of the newest file that is taken from it', () => {
  const items = [
    item('/', 'directory', 99n),
    item('/a', 'directory', 99n),
    item('/a/x', 'file', 5n),
    item('/a/y', 'symlink', 7n),
    item('/e', 'directory', 99n),
  ]
  assert.equal(
    settleDirectories(items).map(({ mtime }) => mtime),
    [7n, 7n, 5n, 7n, null],
  )
})

test("an ordinary user's files are root's inside, and nobody else's are", () => {
  assert.equal(ownedByRoot({ uid: 1000, gid: 100 }, { uid: 1000, gid: 1000 }), { uid: 0, gid: 100 })
  assert.equal(ownedByRoot({ uid: 1000, gid: 1000 }, { uid: 0, gid: 0 }), { uid: 1000, gid: 1000 })
})

const wish: ConfigWish = {
  command: [],
  entrypoint: undefined,
  env: [],
  workdir: undefined,
  user: undefined,
  labels: [],
  expose: [],
}

test('the config says what was asked for, and nothing else', () => {
  assert.equal(containerConfigOf(wish), { Env: [] })
  assert.equal(
    containerConfigOf({
      command: ['node', 'a b.js'],
      entrypoint: '["env", "-i"]',
      env: ['A=1'],
      workdir: '/app',
      user: '1000',
      labels: ['a=b=c', 'empty'],
      expose: ['8080', '53/udp'],
    }),
    {
      User: '1000',
      ExposedPorts: { '53/udp': {}, '8080/tcp': {} },
      Env: ['A=1'],
      Entrypoint: ['env', '-i'],
      Cmd: ['node', 'a b.js'],
      WorkingDir: '/app',
      Labels: { a: 'b=c', empty: '' },
    },
  )
})

test('a bad word of the config is refused in one line', () => {
  const refused: readonly (readonly [Partial<ConfigWish>, RegExp])[] = [
    [{ workdir: 'app' }, /^--workdir 'app': is not an absolute path \(--workdir \/app\)$/],
    [{ expose: ['99999'] }, /^--expose '99999': is not PORT/],
    [{ expose: ['80/http'] }, /^--expose '80\/http'/],
    [{ labels: ['=x'] }, /^--label '=x': has no name/],
    [{ entrypoint: '[node]' }, /^--entrypoint '\[node\]': is no list of words in JSON/],
    [{ entrypoint: '[]' }, /^--entrypoint '\[\]'/],
  ]
  for (const [one, said] of refused)
    assert.match(
      line(() => containerConfigOf({ ...wish, ...one })),
      said,
    )
})

test('times and words are written as others read them', () => {
  assert.is(timeOf(0), '1970-01-01T00:00:00Z')
  assert.is(spelled(['a', 'b c', "it's", '']), `a 'b c' 'it'\\''s' ''`)
  assert.is(sourceDate(undefined), undefined)
  assert.is(sourceDate('12'), 12)
  assert.match(
    line(() => sourceDate('now')),
    /SOURCE_DATE_EPOCH 'now': is not a number of seconds/,
  )
})

test.run()
