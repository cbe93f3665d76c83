/** ch2: -v, --mount and --tmpfs, and that no path of the rootfs leads a mount out of it. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import { factsOf, parseMounts } from '#support/inside'
import { needs } from '#support/needs'
import { leftovers, mountsBelow, newWorld, nonce } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')
const ch2 = ['ch2', 'run'] as const
const sh = (script: string): string[] => ['sh', '-c', script]

asRoot('-v shows a directory both ways when it is read and written', async () => {
  const [theirs, ours] = [nonce(), nonce()]
  const source = world.directoryOf({ file: theirs })
  const { stdout } = await run(world, [
    ...ch2,
    '-v',
    `${source}:/srv/deep/data`,
    ...sh(`cat /srv/deep/data/file; echo ${ours} >/srv/deep/data/new`),
  ])
  assert.is(stdout, theirs)
  assert.is(fs.readFileSync(`${source}/new`, 'utf8'), `${ours}\n`)
})

asRoot('-v shows a file where none or another is when the source is a file', async () => {
  const word = nonce()
  const source = `${world.directoryOf({ 'a file': word })}/a file`
  const rootfs = world.copyRootfs()
  const hosts = fs.readFileSync(`${rootfs}/etc/hosts`, 'utf8')
  const { stdout } = await run(world, [
    ...ch2,
    '--rootfs',
    rootfs,
    '-v',
    `${source}:/new/place`,
    '-v',
    `${source}:/etc/hosts:ro`,
    'cat',
    '/new/place',
    '/etc/hosts',
  ])
  assert.is(stdout, word + word)
  assert.is(fs.readFileSync(`${rootfs}/etc/hosts`, 'utf8'), hosts)
})

for (const flags of [[], ['--userns']]) {
  asRoot(`a read-only volume refuses writes in its submounts too when run with '${flags}'`, async () => {
    const source = world.directoryOf({ file: 'kept', 'sub/file': 'hidden' })
    fs.chmodSync(source, 0o777)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=777', 'tmpfs', `${source}/sub`])
    try {
      const script =
        'for p in file new sub/new; do (echo x >/data/$p) 2>/dev/null && echo yes || echo no; done; cat /data/file'
      const [byVolume, byMount] = await Promise.all([
        run(world, [...ch2, ...flags, '-v', `${source}:/data:ro`, ...sh(script)]),
        run(world, [...ch2, ...flags, '--mount', `type=bind,src=${source},dst=/data,readonly`, ...sh(script)]),
      ])
      for (const { stdout } of [byVolume, byMount]) assert.is(stdout, 'no\nno\nno\nkept')
      const { stdout } = await run(world, [
        ...ch2,
        '-v',
        `${source}:/data`,
        ...sh('echo x >/data/sub/new && ls /data/sub'),
      ])
      assert.is(stdout, 'new\n')
    } finally {
      execFileSync('umount', [`${source}/sub`])
    }
  })
}

/** Links in a rootfs as an image could hold them, each leading to `outside` when it is followed by the host's rules. */
const ways = (rootfs: string, outside: string): Readonly<Record<string, string>> => ({
  absolute: outside,
  climbing: `../../../../../../../../../../../../../..${outside}`,
  'in two steps': '/two-steps',
  'to the root': '/',
  'to itself from inside': rootfs,
})

asRoot('a volume lands inside the rootfs when its target is a symlink that leads outside', async () => {
  for (const isFile of [false, true]) {
    const outside = world.directoryOf({ 'place/secret': nonce(), file: nonce() })
    const before = execFileSync('find', [outside, '-printf', '%p %i %T@ %s\n'], { encoding: 'utf8' })
    const goal = isFile ? `${outside}/file` : `${outside}/place`
    const word = nonce()
    const source = isFile ? `${world.directoryOf({ s: word })}/s` : world.directoryOf({ s: word })
    const rootfs = world.copyRootfs()
    fs.symlinkSync(`/../../../..${goal}`, `${rootfs}/two-steps`)
    const runs = Object.entries(ways(rootfs, goal)).map(async ([name, holds], i) => {
      fs.mkdirSync(`${rootfs}/${i}`)
      fs.symlinkSync(holds, `${rootfs}/${i}/link`)
      const target = `/${i}/link/below`
      const result = await run(world, [
        ...ch2,
        '--rootfs',
        rootfs,
        '-v',
        `${source}:${target}`,
        'cat',
        isFile ? target : `${target}/s`,
      ])
      // what is missing behind the link is not made: an error is as good as a mount inside, a mount outside is neither
      if (result.code === 0) assert.is(result.stdout, word, name)
      else
        assert.match(
          result.stderr,
          /^mini-docker: step \d+ .*(ENOENT|ELOOP|EXDEV|ENOTDIR|EINVAL)/,
          `${name}: ${result.stderr}`,
        )
    })
    await Promise.all(runs)
    assert.is(execFileSync('find', [outside, '-printf', '%p %i %T@ %s\n'], { encoding: 'utf8' }), before)
  }
  assert.equal(mountsBelow(world.directory), [])
})

asRoot('a volume lands where the link leads inside the rootfs when that exists there as well', async () => {
  const outside = world.directoryOf({ secret: nonce() })
  const rootfs = world.copyRootfs()
  fs.mkdirSync(`${rootfs}${outside}`, { recursive: true }) // the same path, inside
  fs.symlinkSync(outside, `${rootfs}/absolute`)
  fs.symlinkSync(`../../../../../../..${outside}`, `${rootfs}/climbing`)
  const word = nonce()
  const source = world.directoryOf({ file: word })
  const shown = await Promise.all(
    ['/absolute', '/climbing'].map(target =>
      run(world, [
        ...ch2,
        '--rootfs',
        rootfs,
        '-v',
        `${source}:${target}`,
        ...sh(`cat ${outside}/file; echo x >${target}/written`),
      ]),
    ),
  )
  for (const { stdout, stderr } of shown) assert.is(stdout, word, stderr)
  assert.equal(fs.readdirSync(outside), ['secret'])
  assert.equal(fs.readdirSync(source).sort(), ['file', 'written'])
})

asRoot('/proc, /dev and /sys are mounted inside the rootfs when they are symlinks to the outside', async () => {
  const outside = world.directoryOf({ secret: nonce() })
  const rootfs = world.copyRootfs()
  for (const name of ['proc', 'dev', 'sys']) {
    fs.rmdirSync(`${rootfs}/${name}`)
    fs.symlinkSync(outside, `${rootfs}/${name}`)
  }
  const { code, stderr } = await run(world, [...ch2, '--rootfs', rootfs, 'true'])
  assert.is(code, 125)
  assert.match(stderr, /^mini-docker: step \d+ .*(ENOENT|EXDEV|ELOOP)/)
  assert.equal(fs.readdirSync(outside), ['secret'])
  assert.equal(await leftovers(world), [])
})

asRoot('--tmpfs takes the options of mount when they are given', async () => {
  const { mountinfo } = await factsOf(world, [
    ...ch2,
    '--tmpfs',
    '/a',
    '--tmpfs',
    '/b:size=1m,mode=1770,exec,ro',
    '--mount',
    'type=tmpfs,dst=/c,tmpfs-size=2m,tmpfs-mode=700',
  ])
  const rows = Object.fromEntries(parseMounts(mountinfo!).map(row => [row.at, row]))
  assert.equal(
    ['/a', '/b', '/c'].map(at => rows[at]?.type),
    ['tmpfs', 'tmpfs', 'tmpfs'],
  )
  for (const option of ['nosuid', 'nodev', 'noexec', 'rw']) assert.ok(rows['/a']!.options.includes(option), option)
  assert.ok(rows['/b']!.options.includes('ro'))
  assert.not.ok(rows['/b']!.options.includes('noexec'))
  for (const option of ['size=1024k', 'mode=1770']) assert.ok(rows['/b']!.superOptions.includes(option), option)
  for (const option of ['size=2048k', 'mode=700'])
    assert.ok(rows['/c']!.superOptions.includes(option), `${option} ${rows['/c']!.superOptions}`)
})

asRoot('a tmpfs is gone when its container is', async () => {
  const script = 'echo x >/scratch/file; ls /scratch; df -m /scratch | tail -1'
  const shown = await Promise.all([1, 2].map(() => run(world, [...ch2, '--tmpfs', '/scratch:size=3m', ...sh(script)])))
  for (const { stdout } of shown) assert.match(stdout, /^file\ntmpfs +3 /)
  assert.equal(fs.readdirSync(`${world.rootfs}/scratch`), [])
})

asRoot('a later volume lies in an earlier one when it is mounted below it', async () => {
  const [outer, inner] = [world.directoryOf({ 'x/seen': '' }), world.directoryOf({ deep: '' })]
  const { stdout } = await run(world, [...ch2, '-v', `${outer}:/v`, '-v', `${inner}:/v/x`, ...sh('ls /v/x')])
  assert.is(stdout, 'deep\n')
  assert.equal(fs.readdirSync(`${outer}/x`), ['seen'])
})

asRoot('a source of -v is followed when it is a symlink of the host', async () => {
  const word = nonce()
  const link = world.path()
  fs.symlinkSync(world.directoryOf({ file: word }), link)
  assert.is((await run(world, [...ch2, '-v', `${link}:/data`, 'cat', '/data/file'])).stdout, word)
})

test.run()
