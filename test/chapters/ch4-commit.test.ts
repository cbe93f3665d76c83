/** ch4 commit, diff and export: what a container wrote, as a layer, as a list, as one archive. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import { besideContainer, ch4, ended, importBase, nothingOfContainers, refused } from '#support/containers'
import { needs } from '#support/needs'
import { newWorld } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native')
const removed = async (...names: string[]): Promise<void> => {
  await ch4(world, ['rm', ...names])
  await nothingOfContainers(world)
}
const changing = [
  'echo new >/new; mkdir /dir; echo deep >/dir/deep',
  'echo more >>/etc/passwd; rm /etc/group; chmod 700 /srv',
  'rm -r /var; mkdir /var; echo own >/var/own',
  'ln /new /second; ln -s /new /link; mkfifo /fifo; chown 5:6 /dir/deep',
].join('; ')

test.before(() => importBase(world))

asRoot('diff names what was added, changed and deleted when a container has written', async () => {
  await ended(world, 'written', changing)
  const lines = (await ch4(world, ['diff', 'written'])).stdout.trim().split('\n')
  const below = fs.readdirSync(`${world.rootfs}/var`).map(name => `D /var/${name}`)
  const wanted = [
    'A /dir',
    'A /dir/deep',
    'A /fifo',
    'A /link',
    'A /new',
    'A /second',
    'A /var/own',
    'C /etc',
    'C /etc/passwd',
    'C /srv',
    'C /var',
    'D /etc/group',
    ...below,
  ]
  assert.equal(lines.sort(), wanted.sort())
  await removed('written')
})

asRoot('diff is empty when a container has written nothing, whatever was mounted in it', async () => {
  const host = world.directoryOf({ f: '' })
  await ended(world, 'quiet', 'cat /bind/f', '-v', `${host}:/bind`, '-v', `${host}/f:/made/for/it`, '--tmpfs', '/other')
  assert.is((await ch4(world, ['diff', 'quiet'])).stdout, '')
  await ended(world, 'busy', 'echo x >/other/x; echo y >/bind.txt', '--tmpfs', '/other')
  assert.is((await ch4(world, ['diff', 'busy'])).stdout, 'A /bind.txt\n')
  await removed('quiet', 'busy')
})

asRoot('an image of it shows the same tree when a container is committed', async () => {
  await ended(world, 'committed', changing, '-v', '/volume')
  const tree =
    'cd /; find . -xdev | grep -v -e ^./proc -e ^./sys -e ^./dev | sort; cat /etc/passwd /var/own; ls -ln /dir /new; stat -c %h /new'
  await ch4(world, [
    'commit',
    '-m',
    'told',
    '-a',
    'who',
    '-c',
    'ENV A="b c"',
    '-c',
    'CMD ["sh","-c","echo $A"]',
    'committed',
    'made:1',
  ])
  const there = (await ch4(world, ['run', '--rm', 'made:1', 'sh', '-c', tree])).stdout
  assert.match(there, /\.\/dir\/deep\n/)
  assert.not.match(there, /\.\/etc\/group\n|\.\/volume\n|\.\/var\/log\n/)
  assert.match(there, /own\n/)
  assert.match(there, / 5 +6 .*deep/)
  assert.match(there, /\n2\n$/)
  assert.is((await ch4(world, ['run', '--rm', 'made:1'])).stdout, 'b c\n')
  const history = (await ch4(world, ['history', '--no-trunc', 'made:1'])).stdout
  assert.match(history, /sh -c echo new >\/new.*told/)
  await removed('committed')
})

asRoot('an image of an image has a layer more each time when it is committed again', async () => {
  await ended(world, 'first', 'echo 1 >/one')
  await ch4(world, ['commit', 'first', 'chain'])
  for (const word of ['two', 'three']) {
    await ch4(world, ['run', '--name', word, 'chain', 'sh', '-c', `echo >/${word}; rm /one 2>/dev/null; :`])
    await ch4(world, ['commit', word, 'chain'])
  }
  assert.is(
    (await ch4(world, ['run', '--rm', 'chain', 'sh', '-c', 'ls /one /two /three 2>/dev/null || :'])).stdout,
    '/three\n/two\n',
  )
  await removed('first', 'two', 'three')
})

asRoot('what is in the tree at one moment is in the image when a running container is committed', async () => {
  // two files that are always written one after the other: whoever stood still has them alike, or one apart
  const script = '(i=0; while :; do i=$((i+1)); echo $i >/a; echo $i >/b; done) &'
  await besideContainer(world, 'writing', script, async () => {
    for (const round of [1, 2]) {
      await ch4(world, ['commit', 'writing', `moment:${round}`])
      const { stdout } = await ch4(world, ['run', '--rm', `moment:${round}`, 'sh', '-c', 'cat /a /b'])
      const [a, b] = stdout.trim().split('\n').map(Number)
      assert.ok(stdout === '' || b === undefined || Math.abs(a! - b) <= 1, stdout)
    }
    assert.match((await ch4(world, ['ps'])).stdout, / running +writing/)
  })
  await nothingOfContainers(world)
})

asRoot('commit refuses in one line when it is told what cannot be', async () => {
  await ended(world, 'some', ':')
  refused(await run(world, ['ch4', 'commit', 'nobody', 'x']), /container 'nobody'/)
  refused(await run(world, ['ch4', 'commit', 'some', 'Upper']), /upper-case/)
  refused(await run(world, ['ch4', 'commit', '-c', 'RUN true', 'some', 'x']), /RUN/)
  refused(await run(world, ['ch4', 'commit', '--pause=maybe', 'some', 'x']), /--pause 'maybe'/)
  refused(await run(world, ['ch4', 'diff']), /takes one container/)
  await removed('some')
})

asRoot('export gives the tree that the container has when it has ended and when it runs', async () => {
  const list = (archive: string, ...args: string[]): string => execFileSync('tar', ['-f', archive, ...args]).toString()
  const check = async (name: string): Promise<void> => {
    const file = world.path()
    await ch4(world, ['export', '-o', file, name])
    const names = list(file, '-t').split('\n')
    for (const there of ['./', 'dir/deep', 'var/own', 'proc/', 'link'])
      assert.ok(names.includes(there), `${name}: ${there}`)
    for (const gone of ['etc/group', 'var/log/', 'volume/kept']) assert.not.ok(names.includes(gone), `${name}: ${gone}`)
    assert.not.ok(names.some(one => one.startsWith('proc/') && one !== 'proc/'))
    assert.match(list(file, '-tv', '--numeric-owner'), / 5\/6 .* dir\/deep$/m)
    assert.is(list(file, '-xO', 'dir/deep'), 'deep\n')
  }
  await ended(world, 'over', changing, '-v', '/volume')
  await check('over')
  await besideContainer(world, 'runs', `${changing}; echo >/volume/kept`, () => check('runs'), '-v', '/volume')
  await removed('over')
})

asRoot('a copy is compared with what it was copied from when there is no overlay', async () => {
  const options = { env: { MINI_DOCKER_SNAPSHOTTER: 'copying', MINI_DOCKER_ROOT: world.path() } }
  await importBase(world, options)
  const flags = ['run', '--name', 'copied', 'base', 'sh', '-c', changing]
  await ch4(world, flags, options)
  const { stdout } = await ch4(world, ['diff', 'copied'], options)
  for (const line of ['A /dir/deep', 'C /etc/passwd', 'D /etc/group', 'D /var/log', 'A /var/own', 'C /srv']) {
    assert.ok(stdout.split('\n').includes(line), `${line}: ${stdout}`)
  }
  assert.not.match(stdout, /proc|dev/)
  await ch4(world, ['commit', 'copied', 'next'], options)
  const script = 'cat /dir/deep /var/own; stat -c "%u:%g %h" /dir/deep /new; ls /etc/group 2>&1 || :'
  const there = (await ch4(world, ['run', '--rm', 'next', 'sh', '-c', script], options)).stdout
  assert.match(there, /^deep\nown\n5:6 1\n0:0 2\n.*No such file/)
  await ch4(world, ['rm', 'copied'], options)
  await nothingOfContainers(world)
})

test.run()
