/** ch4 --userns as root: layers as they lie on the disk, seen through the map; and ch4 as an ordinary user. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { probeFacts } from '#core/sys/probe'
import { run, start } from '#support/cli'
import { archiveOf, baseName, ch4, ended, importBase, inData, nothingOfContainers } from '#support/containers'
import { needs } from '#support/needs'
import { descendant, statusOf } from '#support/processes'
import { newUser, type User, withRange } from '#support/users'
import { leftovers, newWorld } from '#support/world'

const world = newWorld()
const release = probeFacts().kernel
const [major = 0, minor = 0] = (/^(\d+)\.(\d+)/.exec(release) ?? []).slice(1).map(Number)
/** An overlay of layers that are attached nowhere. */
const isNew = major > 6 || (major === 6 && minor >= 15)
const asRoot = needs('root', 'native', 'user namespaces')
const changing = 'echo hi >/f; chown 7:8 /f; rm -r /var; mkdir /var; echo own >/var/own; rm /etc/group'

test.before(() => importBase(world))

if (isNew) {
  asRoot('root of the container owns the files and the disk says root when it has its own users', async () => {
    const cli = start(world, [
      'ch4',
      'run',
      '--name',
      'own',
      '--userns',
      baseName,
      'sh',
      '-c',
      `${changing}; ls -ln /etc/passwd; sleep 60`,
    ])
    await cli.says(/passwd/)
    assert.match(cli.stdout(), / 0 +0 /)
    const pid = await descendant(cli.pid, 'sleep')
    assert.is.not(statusOf(pid, 'Uid')[0], '0')
    process.kill(pid, 'SIGKILL')
    await cli.done
    const [directory] = inData(world, 'snapshots/overlay').filter(name =>
      fs.existsSync(`${world.data}/snapshots/overlay/${name}/fs/f`),
    )
    const { uid, gid } = fs.statSync(`${world.data}/snapshots/overlay/${directory}/fs/f`)
    assert.equal([uid, gid], [7, 8])
    assert.match((await ch4(world, ['diff', 'own'])).stdout, /A \/f\n.*D \/var\/log\nA \/var\/own/s)
    await ch4(world, ['commit', 'own', 'mapped'])
    const { stdout } = await ch4(world, [
      'run',
      '--rm',
      'mapped',
      'sh',
      '-c',
      'stat -c "%u:%g" /f; ls /var; ls /etc/group 2>&1 || :',
    ])
    assert.match(stdout, /^7:8\nown\n.*No such file/)
    await ch4(world, ['rm', 'own'])
    await nothingOfContainers(world)
  })

  asRoot('copies and volumes belong to root of the container when it has its own users', async () => {
    const file = world.path()
    fs.writeFileSync(file, 'x')
    const cli = start(world, [
      'ch4',
      'run',
      '--name',
      'live',
      '--userns',
      '-v',
      'vol:/etc',
      baseName,
      'sh',
      '-c',
      'stat -c %u /etc /etc/passwd; touch /etc/mine; echo up; sleep 60',
    ])
    await cli.says(/up/)
    assert.match(cli.stdout(), /^0\n0\nup/)
    await ch4(world, ['cp', file, 'live:/in'])
    const { stdout } = await run(world, ['ch3', 'exec', 'live', 'stat', '-c', '%u', '/in'])
    assert.is(stdout, '0\n')
    await ch4(world, ['cp', 'live:/in', `${file}.out`])
    assert.is(fs.statSync(`${file}.out`).uid, 0)
    await ch4(world, ['rm', '-f', 'live'])
    await cli.done
    await nothingOfContainers(world)
  })
} else {
  asRoot('what serves instead is said when this kernel cannot map layers', async () => {
    const { code, stderr } = await run(world, ['ch4', 'run', '--rm', '--userns', baseName, 'true'])
    assert.is(code, 125)
    assert.match(stderr, /Linux 6\.15.*ordinary user/)
    await nothingOfContainers(world)
  })
}

const ofUser = async (user: User, ...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(world, ['ch4', ...args], {
    ...user.options,
    env: { ...user.options.env, MINI_DOCKER_ROOT: `${user.home}/data` },
    seconds: 60,
  })
  assert.is(code, 0, `${args.join(' ')}: ${stderr}`)
  return stdout
}

needs(
  'root',
  'native',
  'setpriv',
  'user namespaces',
  'newuidmap',
  'newgidmap',
  'unshare',
)('an ordinary user runs, looks at, commits, copies and removes containers when it has a range of IDs', async () => {
  const user = withRange(world, newUser(world), 800_000, 65_536)
  const archive = archiveOf(world)
  await ofUser(user, 'import', '-q', archive, baseName)
  await ofUser(user, 'run', '--name', 'mine', '-v', 'vol:/etc', baseName, 'sh', '-c', changing)
  assert.match(await ofUser(user, 'diff', 'mine'), /A \/f\n.*C \/var\nD \/var\/cache/s)
  await ofUser(user, 'commit', 'mine', 'next')
  assert.match(await ofUser(user, 'run', '--rm', 'next', 'sh', '-c', 'stat -c "%u:%g" /f; ls /var'), /^7:8\nown\n$/)
  await ofUser(user, 'cp', 'mine:/f', `${user.home}/f`)
  assert.is(fs.statSync(`${user.home}/f`).uid, user.uid)
  await ofUser(user, 'cp', `${user.home}/f`, 'mine:/back')
  assert.match(await ofUser(user, 'diff', 'mine'), /A \/back/)
  await ofUser(user, 'rm', 'mine')
  const left = (directory: string): string[] => fs.readdirSync(`${user.home}/data/${directory}`)
  assert.equal([left('containers'), left('trash')], [[], []])
  assert.equal(await leftovers(world), [])
})

needs(
  'root',
  'native',
  'setpriv',
  'user namespaces',
)('an ordinary user without a range runs an image whose files are all of root', async () => {
  const user = newUser(world)
  const rootfs = world.copyRootfs()
  fs.rmSync(`${rootfs}/home`, { recursive: true, force: true })
  const archive = archiveOf(world, rootfs)
  await ofUser(user, 'import', '-q', archive, baseName)
  assert.is(await ofUser(user, 'run', '--rm', baseName, 'sh', '-c', 'id -u; echo x >/x; cat /x'), '0\nx\n')
})

asRoot('a container that was left by one who was killed is told of when an image is used again', async () => {
  await ended(world, 'last', ':')
  await ch4(world, ['rm', 'last'])
  await nothingOfContainers(world)
})

test.run()
