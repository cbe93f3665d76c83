/** ch4 run: an image's config, the flags against it, and what is left of a container afterwards. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run, start } from '#support/cli'
import {
  baseName,
  besideContainer,
  ch4,
  ended,
  importBase,
  inData,
  nothingOfContainers,
  refused,
} from '#support/containers'
import { parseFacts, parseMounts } from '#support/inside'
import { needs } from '#support/needs'
import { newWorld, until } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')

test.before(() => importBase(world))

const removeAll = async (): Promise<void> => {
  const { stdout } = await run(world, ['ch4', 'ps', '-aq'])
  if (stdout !== '') await ch4(world, ['rm', '-f', '-v', ...stdout.trim().split('\n')])
  await nothingOfContainers(world)
}

asRoot('the root is an overlay of the layers with one to write in when an image runs', async () => {
  const { stdout } = await ch4(world, ['run', '--rm', baseName, 'inside', 'facts'])
  const facts = parseFacts(stdout)
  const [root] = parseMounts(facts.mountinfo!).filter(({ at }) => at === '/')
  assert.is(root!.type, 'overlay')
  assert.match(root!.superOptions.join(','), /lowerdir=1\/fs,upperdir=\d+\/fs/)
  assert.equal([facts.pid, facts.uid], [1, 0])
  assert.match(facts.hostname, /^[0-9a-f]{12}$/)
  await nothingOfContainers(world)
})

asRoot('what a container writes lies in its own directory and the image is as before when it has ended', async () => {
  await ended(world, 'writer', 'echo mine >/mine; echo changed >/etc/passwd')
  const layer = `${world.data}/snapshots/overlay/1/fs`
  assert.not.ok(fs.existsSync(`${layer}/mine`))
  assert.not.match(fs.readFileSync(`${layer}/etc/passwd`, 'utf8'), /changed/)
  const { stdout } = await ch4(world, ['run', '--rm', baseName, 'sh', '-c', 'cat /etc/passwd; ls /mine 2>&1']).catch(
    () => run(world, ['ch4', 'run', '--rm', baseName, 'cat', '/etc/passwd']),
  )
  assert.not.match(stdout, /changed/)
  await removeAll()
})

asRoot('the user is who the image or the flag says whether it was started before or not', async () => {
  const { stdout } = await ch4(world, [
    'run',
    '--name',
    'named',
    baseName,
    'sh',
    '-c',
    'echo w:x:71:72::/w: >>/etc/passwd',
  ])
  assert.is(stdout, '')
  await ch4(world, ['commit', '--change', 'USER w', 'named', 'user'])
  const idsOf = async (...flags: string[]): Promise<string> =>
    (await ch4(world, ['run', '--rm', ...flags, 'user', 'sh', '-c', 'echo $(id -u):$(id -g) $HOME'])).stdout.trim()
  for (const [flags, ids] of [
    [['-u', '5:6'], '5:6 /'],
    [[], '71:72 /w'],
    [[], '71:72 /w'],
    [['-u', 'root'], '0:0 /root'],
    [['-u', 'w'], '71:72 /w'],
  ] as const) {
    assert.is(await idsOf(...flags), ids, flags.join(' '))
  }
  await removeAll()
})

asRoot('ps tells how containers ended when asked for all', async () => {
  await ended(world, 'one', 'exit 0')
  const two = await run(world, ['ch4', 'run', '--name', 'two', '-l', 'a=b', baseName, 'sh', '-c', 'exit 7'])
  assert.is(two.code, 7)
  assert.is((await ch4(world, ['ps', '-q'])).stdout, '')
  const lines = (await ch4(world, ['ps', '-a', '--json'])).stdout.trim().split('\n')
  const [last, first] = lines.map(line => JSON.parse(line))
  assert.equal([last.name, last.status, last.exitCode, last.labels], ['two', 'exited', 7, { a: 'b' }])
  assert.equal([first.name, first.exitCode, first.version], ['one', 0, 1])
  const table = (await ch4(world, ['ps', '-a'])).stdout
  assert.match(table, /exited \(7\) .* ago +two/)
  await removeAll()
})

asRoot('ch3 finds a container by its name and by its ID when ch4 runs it', async () => {
  await besideContainer(world, 'found', 'echo inside >/here', async () => {
    const id = (await ch4(world, ['ps', '-q'])).stdout.trim()
    for (const who of ['found', id, id.slice(0, 6)]) {
      const { stdout, stderr } = await run(world, ['ch3', 'exec', who, 'cat', '/here'])
      assert.is(stdout, 'inside\n', `${who}: ${stderr}`)
    }
    assert.match((await run(world, ['ch3', 'ps'])).stdout, /^found /m)
    assert.is((await run(world, ['ch3', 'pause', 'found'])).code, 0)
    assert.match((await ch4(world, ['ps'])).stdout, / paused +found/)
    assert.is((await run(world, ['ch3', 'resume', 'found'])).code, 0)
    assert.is((await run(world, ['ch3', 'update', '--pids-limit', '50', 'found'])).code, 0)
    refused(await run(world, ['ch4', 'run', '--name', 'found', baseName, 'true']), /'found': is there already/)
    refused(await run(world, ['ch4', 'rm', 'found']), /is running .*rm -f found/)
  })
  await nothingOfContainers(world)
})

asRoot('the flags stand against the config of the image when both say something', async () => {
  const file = world.path()
  fs.writeFileSync(file, '# comment\nFROM_FILE=file\nBOTH=file\nPASSED\nMISSING_HERE\n')
  const config = [
    '-c',
    'ENTRYPOINT ["sh","-c"]',
    '-c',
    'CMD ["echo default"]',
    '-c',
    'ENV BOTH=image OWN=image',
    '-c',
    'WORKDIR /made/for/it',
    '-c',
    'USER user',
  ]
  await ended(world, 'configured', ':')
  await ch4(world, ['commit', ...config, 'configured', 'configured'])
  const say = async (flags: readonly string[], ...command: string[]): Promise<string> =>
    (await ch4(world, ['run', '--rm', ...flags, 'configured', ...command], { env: { PASSED: 'on' } })).stdout
  assert.is(await say([]), 'default\n')
  assert.is(await say([], 'pwd; id -un; echo $OWN $BOTH'), '/made/for/it\nuser\nimage image\n')
  assert.is(await say(['--entrypoint', 'echo'], 'a', 'b'), 'a b\n')
  assert.is(await say(['--entrypoint', ''], 'id', '-u'), '1000\n')
  const env = ['--env-file', file, '-e', 'BOTH=flag', '-u', '0:0', '-w', '/tmp']
  assert.is(await say(env, 'echo $FROM_FILE $BOTH $PASSED $MISSING_HERE; pwd; id -u'), 'file flag on\n/tmp\n0\n')
  await removeAll()
})

asRoot('exit codes are those of docker run when a program is missing, no program, or nothing is named', async () => {
  refused(await run(world, ['ch4', 'run', baseName, 'nope']), /nope/, 127)
  refused(await run(world, ['ch4', 'run', baseName, '/etc/passwd']), /passwd/, 126)
  refused(await run(world, ['ch4', 'run', baseName]), /command: none is given/)
  await nothingOfContainers(world)
})

const wrong: Readonly<Record<string, readonly [args: readonly string[], said: RegExp]>> = {
  'no image': [[], /needs an image/],
  'an image that is not here': [['nothere'], /image 'nothere': is not here/],
  'a name that is none': [['--name', 'a b', baseName, 'true'], /name 'a b'/],
  'a user that is not there': [['-u', 'nobody-here', baseName, 'true'], /nobody-here/],
  'a relative workdir': [['-w', 'tmp', baseName, 'true'], /workdir 'tmp': is not an absolute path/],
  // one that is missing is refused by Node 20 itself: it looks for --env-file among the script's own words, too
  'an env file of another kind': [['--env-file', '/proc/self/limits', baseName, 'true'], /line 1: is not KEY=VALUE/],
  'a label without a name': [['-l', '=x', baseName, 'true'], /label '=x'/],
  'a signal that is none': [['--stop-signal', 'SIGNOPE', baseName, 'true'], /SIGNOPE/],
  'another platform': [['--platform', 'a/b/c/d', baseName, 'true'], /platform 'a\/b\/c\/d'/],
  'a rootfs': [['--rootfs', '/', baseName, 'true'], /--rootfs/],
  'a volume that is no place': [['-v', 'a:b', baseName, 'true'], /'b' is no place/],
  'a volume over the root': [['-v', 'a:/', baseName, 'true'], /'\/' is no place/],
  'a volume in proc': [['-v', 'a:/proc/x', baseName, 'true'], /no place/],
  'two volumes at one place': [['-v', 'a:/x', '-v', 'b:/x', baseName, 'true'], /mount at '\/x': there are two/],
  'a volume with a bad name': [['-v', 'a$:/x', baseName, 'true'], /volume 'a\$'/],
  'a directory that is not there': [['-v', '/no/such:/x', baseName, 'true'], /no '\/no\/such'/],
  'a mount word that is unknown': [['--mount', 'type=volume,src=a,dst=/x,y=1', baseName, 'true'], /does not know 'y'/],
}

asRoot('what cannot be is refused in one line and leaves nothing when run is told so', async () => {
  for (const [name, [args, said]] of Object.entries(wrong)) {
    const result = await run(world, ['ch4', 'run', ...args])
    assert.match(result.stderr, said, name)
    refused(result, said)
  }
  await nothingOfContainers(world)
  assert.equal(inData(world, 'volumes'), [])
})

asRoot('--cidfile holds the ID while it runs and is not written over when it is there', async () => {
  const file = world.path()
  const { stdout } = await ch4(world, ['run', '--rm', '--cidfile', file, baseName, 'hostname'])
  assert.is(fs.readFileSync(file, 'utf8'), stdout.trim())
  refused(await run(world, ['ch4', 'run', '--rm', '--cidfile', file, baseName, 'true']), /--cidfile .*is there already/)
  const other = world.path()
  await run(world, ['ch4', 'run', '--cidfile', other, baseName, 'nope'])
  assert.not.ok(fs.existsSync(other))
  await nothingOfContainers(world)
})

asRoot('--explain shows the overlay and leaves nothing when it plans', async () => {
  const { stdout } = await ch4(world, ['run', '--explain', '--json', '-v', 'vol:/vol', baseName, 'true'])
  const { steps } = JSON.parse(stdout) as { steps: { op: string; call: string }[] }
  const ops = steps.map(({ op }) => op)
  assert.ok(ops.indexOf('chdir') < ops.indexOf('mount_root') && ops.indexOf('mount_root') < ops.indexOf('pivot_root'))
  assert.match(steps.find(({ op }) => op === 'mount_root')!.call, /lowerdir=1\/fs/)
  await nothingOfContainers(world)
  assert.equal(inData(world, 'volumes'), [])
})

asRoot('--read-only keeps the root from being written when the image has no directory for the workdir', async () => {
  const { stdout } = await ch4(world, [
    'run',
    '--rm',
    '--read-only',
    '-w',
    '/new/place',
    baseName,
    'sh',
    '-c',
    'pwd; touch /x 2>&1 || :',
  ])
  assert.match(stdout, /^\/new\/place\n.*Read-only file system/)
  await nothingOfContainers(world)
})

asRoot('the next command says that it ended, and removes --rm ones, when the creator was killed', async () => {
  const kept = start(world, ['ch4', 'run', '--name', 'kept', baseName, 'sh', '-c', 'echo w >/w; echo up; sleep 100'])
  const gone = start(world, [
    'ch4',
    'run',
    '--rm',
    '--name',
    'gone',
    '-v',
    '/anon',
    baseName,
    'sh',
    '-c',
    'echo up; sleep 100',
  ])
  await Promise.all([kept.says(/up/), gone.says(/up/)])
  for (const { pid, done } of [kept, gone]) {
    process.kill(pid, 'SIGKILL')
    await done
  }
  await until('both are told to have ended', () => inData(world, 'containers').length === 2)
  const lines = (await ch4(world, ['ps', '-a', '--json'])).stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.equal(
    lines.map(({ name, status, exitCode }) => [name, status, exitCode]),
    [['kept', 'exited', 137]],
  )
  assert.match((await ch4(world, ['diff', 'kept'])).stdout, /^A \/w$/m)
  assert.equal(inData(world, 'volumes'), [])
  await removeAll()
})

test.run()
