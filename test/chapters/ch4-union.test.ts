/** ch4 union: plain directories, and what the kernel does with what is written over them. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import { refused } from '#support/containers'
import { needs } from '#support/needs'
import { newUser } from '#support/users'
import { leftovers, mountsBelow, newWorld } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native')
const union = (...args: string[]) => run(world, ['ch4', 'union', ...args])

function layers() {
  const os = world.directoryOf({ 'etc/a': 'os', 'etc/b': 'os', gone: 'x' })
  const app = world.directoryOf({ 'etc/b': 'app', 'srv/c': 'app' })
  const upper = world.directoryOf({})
  return { os, app, upper }
}

asRoot('the topmost has the word and the lower ones stay as they are when directories are merged', async () => {
  const { os, app, upper } = layers()
  const script =
    'pwd; find . -type f | sort; cat etc/b; rm gone; echo up >etc/a; rm -r srv; mkdir srv; echo new >new; grep " /mnt overlay" /proc/mounts'
  const { stdout, stderr, code } = await union(os, app, '--upper', upper, '--', 'sh', '-c', script)
  assert.is(code, 0, stderr)
  assert.match(stdout, new RegExp(`^/mnt\n./etc/a\n./etc/b\n./gone\n./srv/c\napp.*lowerdir=${app}:${os}`, 's'))
  assert.is(fs.readFileSync(`${os}/etc/a`, 'utf8'), 'os')
  assert.ok(fs.existsSync(`${os}/gone`) && fs.existsSync(`${app}/srv/c`))
  const whiteout = fs.lstatSync(`${upper}/gone`)
  assert.equal([whiteout.isCharacterDevice(), whiteout.rdev], [true, 0])
  assert.is(fs.readFileSync(`${upper}/etc/a`, 'utf8'), 'up\n')
  assert.equal(fs.readdirSync(`${upper}/srv`), [])
  assert.match(
    execFileSync('getfattr', ['-n', 'trusted.overlay.opaque', '--absolute-names', `${upper}/srv`]).toString(),
    /="y"/,
  )
  assert.not.ok(fs.existsSync(`${upper}.work`))
  assert.equal(mountsBelow(world.directory), [])
  assert.equal(await leftovers(world), [])
})

asRoot('nothing can be written when it is read-only', async () => {
  const { os, app } = layers()
  const { stdout } = await union(os, app, '--read-only', '--', 'sh', '-c', 'cat etc/b; touch x 2>&1; :')
  assert.match(stdout, /^app.*Read-only file system/)
  assert.match(
    (await union(os, '--read-only', '--', 'sh', '-c', 'cat etc/b; touch x 2>&1; :')).stdout,
    /^os.*Read-only/,
  )
})

asRoot('it is seen where it was asked for, by the command alone', async () => {
  const { os, app, upper } = layers()
  const at = world.directoryOf({ hidden: '' })
  const { stdout } = await union(os, app, '--upper', upper, '--at', at, '--', 'sh', '-c', `pwd; ls ${at}; exit 3`)
  assert.is(stdout, `${at}\netc\ngone\nsrv\n`)
  assert.equal(fs.readdirSync(at), ['hidden'])
  assert.is((await union(os, '--upper', upper, '--', 'sh', '-c', 'exit 3')).code, 3)
})

asRoot('names with colons and commas are directories like others', async () => {
  const odd = world.path('odd:one,two\\three')
  fs.mkdirSync(odd)
  fs.writeFileSync(`${odd}/there`, 'yes')
  const upper = world.path('up,per:x')
  fs.mkdirSync(upper)
  const { stdout, stderr } = await union(odd, '--upper', upper, '--', 'sh', '-c', 'cat there; echo x >new')
  assert.is(stdout, 'yes', stderr)
  assert.ok(fs.existsSync(`${upper}/new`))
})

needs(
  'root',
  'native',
  'setpriv',
  'user namespaces',
)('an ordinary user merges directories of its own', async () => {
  const user = newUser(world)
  const own = (name: string): string => {
    fs.mkdirSync(`${user.home}/${name}`)
    fs.writeFileSync(`${user.home}/${name}/${name}`, name)
    fs.chownSync(`${user.home}/${name}`, user.uid, user.uid)
    return `${user.home}/${name}`
  }
  const [a, b, upper] = [own('a'), own('b'), own('u')]
  const { stdout, stderr } = await run(
    world,
    ['ch4', 'union', a, b, '--upper', upper, '--', 'sh', '-c', 'cat a b u; rm a; echo n >n'],
    user.options,
  )
  assert.is(stdout, 'abu', stderr)
  assert.is(fs.lstatSync(`${upper}/a`).isCharacterDevice(), true)
  assert.is(fs.statSync(`${upper}/n`).uid, user.uid)
  assert.ok(fs.existsSync(`${a}/a`))
})

asRoot('--explain shows one mount and makes nothing', async () => {
  const { os, app, upper } = layers()
  const { stdout } = await union('--explain', '--json', os, app, '--upper', upper, '--', 'sh')
  const { steps } = JSON.parse(stdout) as { steps: { op: string; call: string }[] }
  assert.equal(
    steps.map(({ op }) => op),
    ['unshare', 'propagation', 'chdir', 'mount_root', 'chdir', 'lookup', 'close_fds', 'execve'],
  )
  assert.not.ok(fs.existsSync(`${upper}.work`))
})

asRoot('what cannot be merged is refused in one line', async () => {
  const { os, app, upper } = layers()
  fs.writeFileSync(`${world.directory}/file`, '')
  refused(await union('--upper', upper, '--', 'true'), /needs a lower directory/)
  refused(await union(os, '--upper', upper), /needs a command/)
  refused(await union(os, '--', 'true'), /needs an upper directory/)
  refused(await union(os, '--upper', upper, '--read-only', '--', 'true'), /--upper/)
  refused(await union('/no/such', '--upper', upper, '--', 'true'), /'\/no\/such': there is none/)
  refused(await union(os, os, '--upper', upper, '--', 'true'), /named twice/)
  refused(await union(os, `${os}/etc`, '--upper', upper, '--', 'true'), /lies in the lower directory/)
  refused(await union(os, app, '--upper', `${world.directory}/file`, '--', 'true'), /is not a directory/)
  refused(await union(os, '--upper', upper, '--work', '/no/such', '--', 'true'), /work directory/)
  refused(await union(os, '--upper', upper, '--', 'no-such-program'), /no-such-program/, 127)
  assert.equal(fs.readdirSync(upper), [])
})

test.run()
