/** What a user can get wrong in ch1 and ch2: one clear line, the right exit code, and nothing left. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Options, run } from '#support/cli'
import { needs } from '#support/needs'
import { newUser } from '#support/users'
import { leftovers, newWorld } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')

type Case = readonly [args: readonly string[], said: RegExp, code?: number, options?: Options]

/** All at once; each has to say one line. */
async function refused(cases: readonly Case[]): Promise<void> {
  const checks = cases.map(async ([args, said, code = 125, options = {}]) => {
    const result = await run(world, args, options)
    const name = `${args.join(' ')}: ${result.stderr}`
    assert.match(result.stderr, /^mini-docker: [^\n]+\n$/, name)
    assert.match(result.stderr, said, name)
    assert.is(result.code, code, name)
    assert.is(result.stdout, '', name)
  })
  await Promise.all(checks)
  assert.equal(await leftovers(world), [])
}

const file = `${world.directoryOf({ file: 'text' })}/file`

for (const chapter of ['ch1', 'ch2']) {
  const go = (...rest: string[]): string[] => [chapter, 'run', ...rest]

  asRoot(`${chapter} refuses a bad rootfs in one line`, () =>
    refused([
      [go('--rootfs', '/no/such', 'true'), /rootfs '\/no\/such': there is no such directory/],
      [go('--rootfs', file, 'true'), /rootfs '.*\/file': is not a directory/],
      [go('--rootfs', `${file}/below`, 'true'), /rootfs '.*': ENOTDIR/],
      [go('--rootfs', '', 'true'), /rootfs ''/],
      [go('--rootfs', world.directoryOf({}), 'true'), /command 'true': ENOENT/, 127],
    ]),
  )

  asRoot(`${chapter} refuses bad flags in one line`, () =>
    refused([
      [
        go('--no-such-flag', 'true'),
        new RegExp(`flag '--no-such-flag': is unknown \\(mini-docker ${chapter} run --help\\)`),
      ],
      [go('-q', 'true'), /flag '-q': is unknown/],
      [go('--user'), /flag '--user': needs a value: USER/],
      [go('--user', '1', '--user', '2', 'true'), /flag '--user': was given twice/],
      [go('-u1', '-u', '2', 'true'), /flag '-u': was given twice/],
      [go('--trace=maybe', 'true'), /flag '--trace=maybe': takes no value/],
      [go('--env', '=x', 'true'), /variable '=x': has no name/],
      [go('--executor', 'magic', 'true'), /executor 'magic': is unknown \(native, koffi or dry\)/],
      [go('--facts', 'v2', 'true'), /flag '--facts': is for planning only \(add --explain\)/],
      [go('--explain', '--facts', '/no/such', 'true'), /facts '\/no\/such': cannot be read/],
      [go('--explain', '--facts', file, 'true'), /facts '.*': is no JSON/],
    ]),
  )

  asRoot(`${chapter} refuses a bad user or working directory in one line`, () =>
    refused([
      [go('--user', 'nobody-here', 'true'), /unable to find user 'nobody-here'/],
      [go('--user', 'root:no-group', 'true'), /group 'no-group'/],
      [go('--user', '-1', 'true'), /'-1'/],
      [go('--user', '4294967296', 'true'), /4294967296/],
      [go('--user', 'a:b:c', 'true'), /a:b:c/],
      [go('--workdir', 'relative', 'true'), /workdir 'relative': is not an absolute path/],
      [go('--workdir', '/no/such', 'true'), /workdir '\/no\/such': ENOENT/, 127],
    ]),
  )
}

asRoot('an unknown command is refused in one line when it is asked for', () =>
  refused([
    [['no-such-command'], /command 'no-such-command': is unknown \(mini-docker --help\)/],
    [['ch1', 'fly'], /command 'ch1 fly': is unknown/],
    [['ch2', 'fly'], /command 'ch2 fly': is unknown/],
    [['ch6', 'run'], /ch6.*daemon.*not written yet/],
    [['search', 'busybox'], /command 'search': is unknown/],
    [['tags'], /ch5 tags: needs an image/],
    [['ps'], /mini-docker ps: comes with ch6/],
  ]),
)

asRoot('ch2 refuses a bad mount in one line', () => {
  const go = (...rest: string[]): string[] => ['ch2', 'run', ...rest, 'true']
  return refused([
    [go('-v', '/no/such:/x'), /volume '\/no\/such:\/x': there is no '\/no\/such'/],
    [go('-v', 'relative:/x'), /the source is not an absolute path/],
    [go('-v', '/tmp:relative'), /'relative' is no place inside/],
    [go('-v', '/tmp'), /volume '\/tmp': is not SRC:DST/],
    [go('-v', '/tmp:/x:rx'), /volume '\/tmp:\/x:rx': is not SRC:DST/],
    [go('-v', '/tmp:/x:ro:z'), /is not SRC:DST/],
    [go('-v', '/tmp:/'), /'\/' is no place inside/],
    [go('-v', '/tmp:/x/../..'), /is no place inside/],
    [go('-v', '/tmp:/proc/self'), /'\/proc\/self' lies in \/proc/],
    [go('-v', '/tmp://proc'), /lies in \/proc/],
    [go('--tmpfs', '/proc'), /lies in \/proc/],
    [go('--tmpfs', 'x'), /tmpfs 'x': 'x' is no place inside/],
    [go('--tmpfs', '/x:no-such-option'), /step \d+ mount\(.*\/x.*EINVAL/],
    [go('--tmpfs', '/x:size=lots'), /step \d+ mount\(.*EINVAL/],
    [go('--tmpfs', '/etc/passwd'), /ENOTDIR/],
    [go('-v', '/tmp:/etc/passwd/x'), /ENOTDIR/],
    [go('-v', '/tmp:/etc/passwd'), /ENOTDIR/],
    [go('-v', '/etc/passwd:/etc'), /EISDIR|ENOTDIR/],
    [go('--mount', 'type=magic,dst=/x'), /type 'magic' is unknown/],
    [go('--mount', 'type=bind,src=/tmp,dst=/x,speed=9'), /does not know 'speed'/],
    [go('--mount', 'type=tmpfs,src=/tmp,dst=/x'), /does not know 'src'/],
    [go('--mount', 'type=bind,src=/tmp,dst=/x,tmpfs-size=1m'), /does not know 'tmpfs-size'/],
    [go('--mount', 'type=bind,src=/tmp'), /'' is no place inside/],
    [go('--mount', ''), /mount ''/],
  ])
})

asRoot('ch2 refuses bad names, networks and clocks in one line', () => {
  const go = (...rest: string[]): string[] => ['ch2', 'run', ...rest, 'true']
  return refused([
    [go('--name', '../up'), /name '\.\.\/up': is not a container name/],
    [go('--name', ''), /name ''/],
    [go('--name', 'x'.repeat(129)), /is not a container name/],
    [go('--hostname', 'h'.repeat(65)), /sethostname\("h+"\): (EINVAL|ENAMETOOLONG)/],
    [go('--hostname', 'x', '--no-uts'), /without a uts namespace it would be the host's \(leave out --no-uts\)/],
    [go('--boottime', 'soon'), /--boottime 'soon': is not a number of seconds/],
    [go('--boottime', '5', '--no-time'), /without a time namespace/],
    [go('--boottime', '-999999999999'), /step \d+ write\(.*timens_offsets.*ERANGE/],
    [go('--net', 'bond'), /network 'bond': is unknown \(--net none, bridge or host\)/],
    [go('--no-mount', '-v', '/tmp:/x'), /without a mount namespace/],
  ])
})

asRoot('a run directory that cannot be written is named when a container starts', () => {
  const place = world.directoryOf({})
  const script = `mount -t tmpfs -o ro,mode=755 tmpfs ${place} && exec "$@"`
  const prefix = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh']
  const inDirectory = (run: string, more: Options = {}): Options => ({ ...more, env: { MINI_DOCKER_RUN: run } })
  const command = ['ch2', 'run', 'true']
  return refused([
    [command, /run directory '.*\/containers': EROFS \(MINI_DOCKER_RUN/, 125, inDirectory(place, { prefix })],
    [command, /run directory '.*\/file': is not a directory \(MINI_DOCKER_RUN/, 125, inDirectory(file)],
    [command, /run directory '\/proc\/nowhere': ENOENT/, 125, inDirectory('/proc/nowhere')],
    [['ch2', 'exec', 'x', 'true'], /run directory '.*\/file': is not a directory/, 125, inDirectory(file)],
  ])
})

const asUser = needs('root', 'native', 'inside', 'setpriv')

asUser('an ordinary user is told why when something is for root', async () => {
  const user = newUser(world)
  const locked = world.directoryOf({})
  fs.chmodSync(locked, 0o700)
  await refused([
    [['ch1', 'run', 'true'], /chroot\(.*\): EPERM \(chroot is for root: sudo, or/, 125, user.options],
    [['ch1', 'escape', 'true'], /EPERM|EACCES/, 125, user.options],
    [['ch2', 'run', '--rootfs', `${locked}/x`, 'true'], /EACCES/, 125, user.options],
    [
      ['ch2', 'run', 'true'],
      /run directory '.*': belongs to user 0, and we are/,
      125,
      { ...user.options, env: { ...user.options.env, MINI_DOCKER_RUN: locked } },
    ],
    [['ch2', 'run', '--uidmap', '0:0:10', 'true'], /uid_map|newuidmap/, 125, user.options],
    [['ch2', 'exec', '1', 'true'], /EACCES|EPERM/, 125, user.options],
  ])
})

asUser('a user without a home is told what to set when data has to be kept', async () => {
  const { uid, options } = newUser(world)
  const homeless = { ...options, env: { ...options.env, HOME: undefined, MINI_DOCKER_ROOT: undefined } }
  const said = new RegExp(
    `home directory of user ${uid}: HOME is not set, and /etc/passwd has no entry \\(set HOME, or MINI_DOCKER_ROOT`,
  )
  await refused([
    [['ch2', 'run', 'true'], said, 125, homeless],
    [['ch2', 'run', '--explain'], said, 125, homeless],
    [['doctor'], said, 125, homeless],
    [['rootfs'], said, 125, homeless],
  ])
  const env = { ...homeless.env, MINI_DOCKER_ROOT: `${options.env!.HOME}/data` }
  assert.is((await run(world, ['ch2', 'run', 'true'], { ...homeless, env })).code, 0)
})

const withUserNamespaces = needs('root', 'native', 'inside', 'unshare', 'user namespaces')

withUserNamespaces('a reached limit of namespaces is named when one cannot be made', async () => {
  const limits = ['mnt', 'pid', 'net', 'user'].map((kind): Case => {
    // in a user namespace of its own that nobody else is in: the limit dies with it
    const script = `echo 0 >/proc/sys/user/max_${kind}_namespaces; exec "$@"`
    const prefix = ['unshare', '--user', '--map-root-user', 'sh', '-c', script, 'sh']
    const flags = kind === 'user' ? ['--userns', '--uidmap', '0:0:1'] : []
    return [
      ['ch2', 'run', ...flags, 'true'],
      /unshare\(.*\): ENOSPC \(a limit of \/proc\/sys\/user\/max_\*_namespaces is reached\)/,
      125,
      { prefix },
    ]
  })
  await refused(limits)
})

asRoot('help is printed and nothing started when it is asked for', async () => {
  const results = await Promise.all(
    [['--help'], ['ch1'], ['ch1', 'run', '--help'], ['ch2', 'run', '-h'], ['ch2', 'exec', '--help']].map(args =>
      run(world, args),
    ),
  )
  for (const { code, stdout, stderr } of results) {
    assert.equal([code, stderr], [0, ''])
    assert.match(stdout, /^Usage: mini-docker/m)
  }
  assert.equal(await leftovers(world), [])
})

test.run()
