/** podman of an ordinary user, with mini-runc below: without cgroups, in a user namespace that podman made. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { miniRunc } from '#support/bundle'
import { isThere, needs } from '#support/needs'
import { newUser, withRange } from '#support/users'
import { newWorld, nonce } from '#support/world'
import { aloud, ask, baseArchive, told } from './engines.js'

const needed = ['root', 'native', 'user namespaces', 'overlay', 'podman', 'conmon', 'setpriv', 'newuidmap']
const here = needs(...needed)
const world = newWorld()
const first = 300_000
let client: readonly string[] = []

test.before(
  aloud(async () => {
    if (!needed.every(isThere)) return
    const user = withRange(world, newUser(world), first, 65_536)
    const config = world.path()
    fs.writeFileSync(config, '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n')
    const archive = await baseArchive(world)
    for (const file of [config, archive]) fs.chmodSync(file, 0o644)
    const [own, runtime] = [user.home, `${world.directory}/r`] // podman wants it short
    fs.mkdirSync(runtime, { mode: 0o700 })
    fs.chownSync(runtime, user.uid, user.uid)
    client = [
      ...[
        ...(user.options.prefix ?? []),
        'env',
        `HOME=${own}`,
        `XDG_RUNTIME_DIR=${runtime}`,
        `CONTAINERS_CONF=${config}`,
      ],
      ...['podman', '--root', `${own}/images`, '--runroot', `${runtime}/run`, '--tmpdir', `${runtime}/tmp`],
      ...[
        '--storage-driver',
        'overlay',
        '--cgroup-manager',
        'cgroupfs',
        '--events-backend',
        'file',
        '--runtime',
        miniRunc,
      ],
    ]
    told(client, ['load', '-q', '-i', archive])
  }),
)

test.after(() => {
  if (client.length > 0) ask(client, ['rm', '-af', '-t', '0'])
})

here('an ordinary user’s podman runs, looks into and ends containers', () => {
  const [name, word] = [`c${nonce()}`, nonce()]
  const mapped = ask(client, [
    'run',
    '--rm',
    '--network',
    'none',
    'base',
    'sh',
    '-c',
    'id -u; cat /proc/self/uid_map; exit 3',
  ])
  assert.is(mapped.code, 3, mapped.stderr)
  assert.match(mapped.stdout, new RegExp(`^0\\n +0 +\\d+ +1\\n +1 +${first} +65536\\n$`))
  told(client, ['run', '-d', '--name', name, '--network', 'none', '--hostname', 'box', 'base', 'sleep', '100'])
  const exec = ask(client, ['exec', '-u', '7', '-e', `A=${word}`, name, 'sh', '-c', 'id -u; hostname; echo $A; exit 4'])
  assert.equal([exec.code, exec.stdout], [4, `7\nbox\n${word}\n`], exec.stderr)
  told(client, ['stop', '-t', '0', name])
  assert.is(
    told(client, ['inspect', '-f', '{{.State.Status}} {{.State.ExitCode}} {{.OCIRuntime}}', name]),
    `exited 137 ${miniRunc}\n`,
  )
  told(client, ['rm', name])
  assert.is(told(client, ['ps', '-aq']), '')
})

test.run()
