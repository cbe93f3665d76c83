import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { globOf, untilOf } from '#chapters/ch4-images/image/filters'
import { humanAge } from '#chapters/ch4-images/image/human'
import { humanSize } from '#core/cli/human-size'
import { textOf } from '#core/cli/progress'
import { run } from '#support/cli'
import { needs } from '#support/needs'
import { archiveOf, ch4, imported, listed, oneLine } from '#support/store'
import { newWorld } from '#support/world'

const asRoot = needs('root', 'native')

asRoot('images lists names, IDs and sizes as docker does when there are some', async () => {
  const world = newWorld()
  assert.is((await ch4(world, ['images'])).stdout, 'REPOSITORY   TAG   IMAGE ID   CREATED   SIZE\n')
  const id = await imported(world, 'mini/one:1', { file: 'x'.repeat(100_000) })
  await ch4(world, ['tag', 'mini/one:1', 'other'])
  const { stdout } = await ch4(world, ['images'])
  const short = id.slice('sha256:'.length, 'sha256:'.length + 12)
  assert.match(stdout, /^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE\n/)
  assert.match(
    stdout,
    new RegExp(
      `^mini/one +1 +${short} +(Less than a second|\\d+ seconds?|About a minute|\\d+ minutes) ago +1\\d\\dkB$`,
      'm',
    ),
  )
  assert.match(stdout, new RegExp(`^other +latest +${short} `, 'm'))
  assert.is((await ch4(world, ['images', '-q'])).stdout, `${short}\n`)
  assert.is((await ch4(world, ['images', '-q', '--no-trunc'])).stdout, `${id}\n`)
  assert.match((await ch4(world, ['images', '--digests'])).stdout, /^other +latest +sha256:[0-9a-f]{64} /m)
  const lines = await listed(world)
  assert.equal(lines.map(({ ID, Repository, Tag }) => [ID, Repository, Tag]).sort(), [
    [id, 'mini/one', '1'],
    [id, 'other', 'latest'],
  ])
})

asRoot('images shows what fits when it is filtered', async () => {
  const world = newWorld()
  await imported(world, 'web:1', { a: '1' }, '-c', 'LABEL tier=front')
  await imported(world, 'web:2', { a: '2' }, '-c', 'LABEL tier=back')
  await imported(world, 'lib/db', { a: '3' })
  await imported(world, 'web:1', { a: '4' })
  const names = async (...flags: string[]) =>
    (await listed(world, ...flags)).map(({ Repository, Tag }) => `${Repository}:${Tag}`).sort()
  assert.equal(await names(), ['<none>:<none>', 'lib/db:latest', 'web:1', 'web:2'])
  assert.equal(await names('-f', 'dangling=true'), ['<none>:<none>'])
  assert.equal(await names('-f', 'dangling=false'), ['lib/db:latest', 'web:1', 'web:2'])
  assert.equal(await names('-f', 'label=tier=back'), ['web:2'])
  assert.equal(await names('-f', 'label=tier'), ['<none>:<none>', 'web:2'])
  assert.equal(await names('web'), ['web:1', 'web:2'])
  assert.equal(await names('web:2'), ['web:2'])
  assert.equal(await names('-f', 'reference=l*/*'), ['lib/db:latest'])
  assert.equal(await names('-f', 'reference=w?b:[12]'), ['web:1', 'web:2'])
  assert.equal(await names('-f', 'since=web:2'), ['lib/db:latest', 'web:1'])
  assert.equal(await names('-f', 'before=web:2'), ['<none>:<none>'])
  oneLine(await run(world, ['ch4', 'images', '-f', 'color=red']), /filter 'color=red': is unknown/)
  oneLine(await run(world, ['ch4', 'images', '-f', 'dangling=perhaps']), /neither true nor false/)
})

asRoot('an image is found by its name, ID or the beginning of one when it is asked for', async () => {
  const world = newWorld()
  const id = await imported(world, 'web:1', { a: '1' }, '-c', 'CMD ["a"]', '-c', 'ENV A=1 B="2 3"', '-m', 'from hand')
  const hex = id.slice('sha256:'.length)
  for (const who of ['web:1', id, hex, hex.slice(0, 12), hex.slice(0, 5)]) {
    const [seen] = JSON.parse((await ch4(world, ['inspect', who])).stdout)
    assert.is(seen.Id, id, who)
    assert.equal(seen.RepoTags, ['web:1'])
    assert.match(seen.RepoDigests[0], /^web@sha256:[0-9a-f]{64}$/)
    assert.equal(seen.Config, { Cmd: ['a'], Env: ['A=1', 'B=2 3'] })
    assert.is(seen.Comment, 'from hand')
    assert.is(seen.Os, 'linux')
    assert.is(seen.RootFS.Layers.length, 1)
  }
  for (const who of ['nobody', 'web', 'web:2', 'ffffffffffff']) {
    oneLine(await run(world, ['ch4', 'inspect', who]), /image '.*': is not here/)
  }
  oneLine(await run(world, ['ch4', 'inspect', 'Web']), /has upper-case letters/)
  oneLine(await run(world, ['ch4', 'tag', 'web:1', '../x']), /is no image name/)
})

asRoot('history tells the steps when there are some', async () => {
  const world = newWorld()
  const id = await imported(world, 'web:1', { a: 'x'.repeat(50_000) })
  const { stdout } = await ch4(world, ['history', 'web:1'])
  assert.match(stdout, /^IMAGE +CREATED +CREATED BY +SIZE +COMMENT\n/)
  assert.match(stdout, new RegExp(`^${id.slice(7, 19)} .*ago +\\d+(\\.\\d+)?kB +imported from`, 'm'))
  assert.is((await ch4(world, ['history', '-q', '--no-trunc', 'web:1'])).stdout, `${id}\n`)
  assert.is(JSON.parse((await ch4(world, ['history', '--json', 'web:1'])).stdout).steps.length, 1)
})

asRoot('rmi takes a name away, and the image with its last one', async () => {
  const world = newWorld()
  const id = await imported(world, 'web:1', { a: '1' })
  await ch4(world, ['tag', 'web:1', 'web:2'])
  assert.is((await ch4(world, ['rmi', 'web:1'])).stdout, 'Untagged: web:1\n')
  const { stdout } = await ch4(world, ['rmi', 'web:2'])
  assert.match(stdout, new RegExp(`^Untagged: web:2\nDeleted: ${id}\nDeleted: sha256:[0-9a-f]{64}\n$`))
  assert.equal(await listed(world), [])
  const again = await run(world, ['ch4', 'rmi', 'web:2'])
  assert.is(again.code, 1)
  assert.match(again.stderr, /image 'web:2': is not here/)
  assert.is((await run(world, ['ch4', 'rmi', '-f', 'web:2'])).code, 0)
})

asRoot('rmi keeps what others need when images share layers', async () => {
  const world = newWorld()
  const archive = archiveOf(world, { a: '1' })
  await ch4(world, ['import', '-q', '-c', 'CMD one', archive, 'one'])
  await ch4(world, ['import', '-q', '-c', 'CMD two', archive, 'two'])
  const { stdout } = await ch4(world, ['rmi', 'one'])
  assert.is(stdout.split('\n').filter(line => line.startsWith('Deleted')).length, 1)
  assert.is((await ch4(world, ['verify', 'two'])).stdout, 'two:latest: whole\n')
})

asRoot('rmi refuses by an ID with several names and while a container needs the image', async () => {
  const world = newWorld()
  const root = archiveOf(world, {})
  const id = (await ch4(world, ['import', '-q', root, 'web:1'])).stdout.trim()
  await ch4(world, ['tag', 'web:1', 'web:2'])
  const several = await run(world, ['ch4', 'rmi', id])
  assert.is(several.code, 1)
  assert.match(several.stderr, /has several names: web:1, web:2 \(-f takes all of them away\)/)
  assert.match((await ch4(world, ['rmi', '-f', id])).stdout, /Untagged: web:1\nUntagged: web:2\nDeleted: /)
})

asRoot('an image stays without a name when its container is stopped and -f insists', async () => {
  const world = newWorld()
  await ch4(world, ['run', '--name', 'c', 'mini/base', 'true'])
  const refused = await run(world, ['ch4', 'rmi', 'mini/base'])
  assert.is(refused.code, 1)
  assert.match(refused.stderr, /container 'c' was made from it/)
  assert.is((await ch4(world, ['rmi', '-f', 'mini/base'])).stdout, 'Untagged: mini/base:latest\n')
  assert.equal(
    (await listed(world)).map(({ Repository }) => Repository),
    ['<none>'],
  )
  await ch4(world, ['rm', 'c'])
  await ch4(world, ['prune', '-f'])
  assert.equal(await listed(world), [])
})

test('sizes, ages, times and patterns are those of docker when they are written or read', () => {
  assert.equal(
    [0, 999, 1000, 13_256, 72_800_000, 1_236_000_000].map(bytes => humanSize(bytes)),
    ['0B', '999B', '1kB', '13.3kB', '72.8MB', '1.24GB'],
  )
  const s = 1000
  const cases: readonly (readonly [number, string])[] = [
    [0, 'Less than a second'],
    [s, '1 second'],
    [59 * s, '59 seconds'],
    [60 * s, 'About a minute'],
    [120 * s, '2 minutes'],
    [3600 * s, 'About an hour'],
    [47 * 3600 * s, '47 hours'],
    [49 * 3600 * s, '2 days'],
    [14 * 86_400 * s, '2 weeks'],
    [61 * 86_400 * s, '2 months'],
    [800 * 86_400 * s, '2 years'],
  ]
  for (const [age, words] of cases) assert.is(humanAge(age), words)
  const now = Date.parse('2026-01-02T00:00:00Z')
  assert.is(untilOf('24h', now), Date.parse('2026-01-01T00:00:00Z'))
  assert.is(untilOf('1h30m', now), now - 5_400_000)
  assert.is(untilOf('2026-01-01T00:00:00Z', now), Date.parse('2026-01-01T00:00:00Z'))
  assert.is(untilOf('1767225600', now), 1_767_225_600_000)
  assert.throws(() => untilOf('yesterday', now), /neither a duration nor a time/)
  assert.ok(globOf('a*').test('abc') && !globOf('a*').test('a/b') && !globOf('a.c').test('abc'))
})

test('a bar is as wide as the screen has room when it is drawn', () => {
  const line = { id: 'abc', doing: 'Loading layer', bytes: 12e6, total: 30e6, isDone: false }
  assert.is(textOf(line, 100), `abc: Loading layer [${'='.repeat(19)}>${' '.repeat(30)}] 12MB/30MB`)
  for (const columns of [10, 30, 40, 60, 80]) assert.ok(textOf(line, columns).length < columns, String(columns))
  assert.is(textOf({ ...line, total: null }, 80), 'abc: Loading layer 12MB')
  assert.is(textOf({ ...line, bytes: 0 }, 100), `abc: Loading layer [${' '.repeat(50)}] 0B/30MB`)
})

test.run()
