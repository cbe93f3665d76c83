// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how a Dockerfile writes a variable
/** ch4 build: what goes wrong is said with the file, the line, and the line itself; and how progress is shown. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BuildWorld, newBuildWorld } from '#support/build'
import { run, start } from '#support/cli'
import { isThere, needs } from '#support/needs'
import { Pty } from '#support/pty'

const needed = ['root', 'native', 'tar']
const asRoot = needs(...needed)
const world = needed.every(isThere) ? await newBuildWorld() : (null as unknown as BuildWorld)
const lines = (...all: readonly string[]): string => all.map(line => `${line}\n`).join('')

asRoot('the line is shown among its neighbours, and what the command said, when a RUN fails', async () => {
  const Dockerfile = lines(
    'FROM base',
    '',
    'RUN echo before; echo wrong >&2; \\',
    '    exit 7',
    'USER x',
    'USER y',
    'USER z',
  )
  const { code, stderr, stdout } = await world.build({ Dockerfile }, ['-t', 'failed'])
  assert.is(code, 1)
  assert.is(stdout, '')
  assert.match(stderr, /\n#2 \d+\.\d{3} before\n#2 \d+\.\d{3} wrong\n/)
  assert.match(stderr, /\n#2 ERROR: command '\/bin\/sh -c echo before;.*': ended with exit code 7\n/)
  assert.ok(
    stderr.includes(`Dockerfile:3
   1 |     FROM base
   2 |
   3 | >>> RUN echo before; echo wrong >&2; \\
   4 | >>>     exit 7
   5 |     USER x
   6 |     USER y
`),
    stderr,
  )
  assert.match(stderr, /\nmini-docker: Dockerfile:3: command '.*': ended with exit code 7\n$/)
  assert.throws(() => world.image('failed'), /is not here/)
})

for (const [what, Dockerfile, why, more = []] of [
  ['an instruction', 'FROM base\nRUNN x', "Dockerfile:2: 'RUNN' is no instruction (RUN?)"],
  ['an image', 'FROM nowhere/to/be:found', "Dockerfile:1: image 'nowhere/to/be:found': is not here"],
  ['an image to copy from', 'FROM base\nCOPY --from=nowhere a b', "Dockerfile:2: image 'nowhere': is not here"],
  ['a file', 'FROM base\nCOPY nothing /x', "Dockerfile:2: 'nothing': is not there"],
  [
    'a file of a stage',
    'FROM base AS a\nFROM base\nCOPY --from=a /nothing /x',
    "Dockerfile:3: '/nothing': is not there",
  ],
  ['a pattern', 'FROM base\nCOPY *.none /x/', "Dockerfile:2: '*.none': matches nothing"],
  ['a user of --chown', 'FROM base\nCOPY --chown=stranger f /x', "Dockerfile:2: unable to find user 'stranger'"],
  ['a target', 'FROM base\nCOPY f /etc/passwd/', "Dockerfile:2: target '/etc/passwd': is a file in the image"],
  ['a directory', 'FROM base\nCOPY f f /x', "Dockerfile:2: target '/x': several sources need a directory"],
  ['a program', 'FROM base\nRUN ["/no/such"]', "Dockerfile:2: command '/no/such': ENOENT"],
  ['a broken variable', 'FROM base\nENV A=${x', "has no '}' at its end"],
  ['a stage', 'FROM base', "stage 'none': there is none of that name", ['--target', 'none']],
  ['a network', 'FROM base', '--network wifi: is unknown', ['--network', 'wifi']],
  ['an argument', 'FROM base', '--build-arg NOBODY: no ARG of this name', ['--build-arg', 'NOBODY=1']],
  ['an escape', 'FROM base\nCOPY ../../etc/passwd /x', "Dockerfile:2: '../../etc/passwd': is not there"],
] as const) {
  asRoot(`${what} is named when it is wrong or unknown`, async () => {
    const { stderr } = await world.build({ Dockerfile, f: 'F' }, more)
    assert.ok(stderr.includes(why), stderr)
  })
}

asRoot('a context is named when there is none', async () => {
  assert.match((await run(world, ['ch4', 'build'])).stderr, /ch4 build: needs a build context/)
  assert.match(
    (await run(world, ['ch4', 'build', '/no/such'])).stderr,
    /context '\/no\/such': there is no such directory/,
  )
  assert.match((await run(world, ['ch4', 'build', world.directoryOf({})])).stderr, /there is no Dockerfile/)
  assert.match(
    (await run(world, ['ch4', 'build', '-t', 'UPPER', '.'])).stderr,
    /image name 'UPPER': has upper-case letters/,
  )
})

asRoot('a link of the context or of a stage leads nowhere else when it is copied', async () => {
  const context = world.context({ Dockerfile: 'FROM base\nCOPY out /x\n' })
  fs.symlinkSync('/etc/hostname', `${context}/out`)
  const { stderr } = await world.build(context)
  assert.match(stderr, /Dockerfile:2: 'out': is not there/)
  fs.mkdirSync(`${context}/etc`)
  fs.writeFileSync(`${context}/etc/hostname`, 'own')
  await world.built(context, ['-t', 'linked'])
  assert.is(await world.inside('linked', 'cat /x'), 'own')
  const staged = lines(
    'FROM base AS a',
    'RUN ln -s / /all && ln -s ../../../../etc/os-release /up',
    'FROM base',
    'COPY --from=a /all/etc/passwd /up /x/',
  )
  await world.built({ Dockerfile: staged }, ['-t', 'staged'])
  const own = fs.readFileSync(`${world.rootfs}/etc/os-release`, 'utf8')
  assert.is(await world.inside('staged', 'cat /x/up'), own)
})

asRoot('an archive does not lead out when its names try to', async () => {
  const tree = world.directoryOf({ 'etc/passwd': 'x' })
  const input = execFileSync('tar', ['-C', `${tree}/etc`, '-cP', '--transform', 's,^,../../,', 'passwd'])
  const { stderr, code } = await run(world, ['ch4', 'build', '-'], { input })
  assert.is.not(code, 0)
  assert.match(stderr, /\.\./)
  const link = world.directoryOf({ d: '' })
  fs.rmSync(`${link}/d`)
  const victim = world.path()
  fs.mkdirSync(victim)
  fs.symlinkSync(victim, `${link}/d`)
  const first = execFileSync('tar', ['-C', link, '-c', 'd'])
  const second = execFileSync('tar', ['-C', world.directoryOf({ 'd/f': 'x' }), '-c', 'd/f'])
  const both = Buffer.concat([first.subarray(0, 512), second])
  const behind = await run(world, ['ch4', 'build', '-'], { input: both })
  assert.match(behind.stderr, /lies behind what is no directory/)
  assert.equal(fs.readdirSync(victim), [])
})

asRoot('steps are drawn anew in place when there is a terminal', async () => {
  const place = world.context({ Dockerfile: lines('FROM base', 'RUN echo working; sleep 1; echo done') })
  const pty = new Pty({ rows: 30, columns: 80 })
  const running = start(world, ['ch4', 'build', '-t', 'drawn', place], { stdio: [pty.slave, pty.slave, pty.slave] })
  await pty.shows(/=> => # working/)
  assert.is((await running.done).code, 0)
  await pty.shows(/\[\+\] Building \d+\.\ds \(2\/2\)/)
  assert.match(pty.text, /=> \[2\/2\] RUN echo working/)
  assert.match(pty.text, /\u001b\[\d+A/)
  pty.close()
})

test.run()
