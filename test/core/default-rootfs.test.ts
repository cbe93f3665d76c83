import { execFileSync, spawn, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { MiniDockerError } from '#core/errors'
import { resolveUser } from '#core/rootfs/account'
import { defaultRootfsPath, ensureDefaultRootfs } from '#core/rootfs/default'
import { describeDefaultRootfs } from '#core/rootfs/describe'
import { readInRoot } from '#core/rootfs/in-root'
import { findBusybox } from '#core/rootfs/programs'
import type { Flavour } from '#core/rootfs/skeleton'
import { needs } from '#support/needs'
import { lifetime } from '#support/patience'

const isRoot = process.geteuid!() === 0
const flavours: readonly Flavour[] = findBusybox() === null ? ['host programs'] : ['busybox', 'host programs']
const cheapest = flavours[0]!
const testAsRoot = needs('root') // chroot, mount and another uid

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'mini-docker-test-')) // named as a world: it mounts
fs.chmodSync(scratch, 0o777)
test.after(() => fs.rmSync(scratch, { recursive: true }))

let count = 0
function freshDataDir(): string {
  count += 1
  return path.join(scratch, `data-${count}`)
}

/** What stands in rootfs/ besides the rootfs and the link to it. */
function leftovers(dataDir: string): string[] {
  const names = fs.readdirSync(path.join(dataDir, 'rootfs'))
  return names.filter(name => name !== 'default' && name !== path.basename(defaultRootfsPath(dataDir)))
}

/** Node's source text that calls the compiled module as another process would. */
function program(body: string): string[] {
  const modules = ['default', 'publish-directory'].map(
    name => `...await import('${import.meta.resolve(`#core/rootfs/${name}`)}')`,
  )
  return ['--input-type=module', '-e', `const m = { ${modules.join(', ')} }; ${body}`]
}

function failure(call: () => unknown): MiniDockerError {
  try {
    call()
  } catch (error) {
    return error as MiniDockerError
  }
  throw new Error('nothing was thrown')
}

for (const flavour of flavours) {
  const dataDir = freshDataDir()

  test(`ensureDefaultRootfs builds all that a container needs when the flavour is ${flavour} and the umask strict`, () => {
    const umask = process.umask(0o077)
    const rootfs = ensureDefaultRootfs({ dataDir, flavour })
    process.umask(umask)
    assert.is(rootfs.built, true)
    assert.is(rootfs.flavour, flavour)
    for (const name of ['sh', 'ls', 'cat', 'mount', 'sleep']) assert.ok(rootfs.programs.includes(name), name)
    const mode = (name: string) => fs.statSync(path.join(rootfs.path, name)).mode & 0o7777
    for (const name of ['', 'dev', 'etc', 'proc', 'sys', 'run', 'home/user']) assert.is(mode(name), 0o755, name)
    for (const name of ['tmp', 'var/tmp']) assert.is(mode(name), 0o1777, name)
    for (const name of ['passwd', 'group', 'hosts', 'hostname', 'resolv.conf', 'os-release', 'nsswitch.conf']) {
      assert.is(mode(`etc/${name}`), 0o644, name)
    }
    assert.equal(fs.readdirSync(path.join(rootfs.path, 'dev')), [])
    assert.is(fs.statSync(dataDir).mode & 0o777, 0o755)
    assert.equal(leftovers(dataDir), [])
    assert.is(fs.readlinkSync(path.join(dataDir, 'rootfs/default')), path.basename(rootfs.path))
    assert.is(resolveUser(rootfs.path, 'user').uid, 1000)
    assert.is(resolveUser(rootfs.path, 'nobody').gid, 65534)
  })

  test(`every file belongs to the builder and none is set-user-id when the flavour is ${flavour}`, () => {
    const place = defaultRootfsPath(dataDir)
    for (const name of fs.readdirSync(place, { recursive: true, encoding: 'utf8' })) {
      const stat = fs.lstatSync(path.join(place, name))
      assert.is(stat.uid, name === 'home/user' && isRoot ? 1000 : process.geteuid!(), name)
      if (stat.isFile()) assert.ok([0o644, 0o755].includes(stat.mode & 0o7777), name)
    }
  })

  testAsRoot(`its programs run in a chroot when the flavour is ${flavour}`, () => {
    const inside = 'ls /; cat /etc/os-release; id -u user; sleep 0; for i in *; do :; done; echo $((6*7)) | grep 42'
    const shown = execFileSync('chroot', [defaultRootfsPath(dataDir), '/bin/sh', '-ec', inside], {
      encoding: 'utf8',
      env: { PATH: '/bin:/usr/bin:/sbin:/usr/sbin' },
    })
    for (const text of ['\nproc\n', 'ID=mini-docker\n', '\n1000\n', '\n42\n']) assert.ok(shown.includes(text), text)
  })

  testAsRoot(`every program finds its libraries when the flavour is ${flavour}`, () => {
    const { path: place, programs } = ensureDefaultRootfs({ dataDir })
    for (const name of programs) {
      const env = { PATH: '/bin:/usr/bin:/sbin:/usr/sbin', LD_TRACE_LOADED_OBJECTS: '1' }
      if (flavour === 'busybox') break // static: there is nothing to find
      const { stdout } = spawnSync('chroot', [place, name], {
        env,
        encoding: 'utf8',
        input: '',
        timeout: lifetime * 1000,
      })
      assert.not.match(stdout, /not found/, name)
    }
  })

  test(`describeDefaultRootfs tells size and time when the flavour is ${flavour}`, () => {
    const shown = describeDefaultRootfs({ dataDir })
    assert.is(shown.exists, true)
    assert.is(shown.flavour, flavour)
    assert.ok(shown.bytes > 100_000)
    assert.ok(Math.abs(Date.now() - Date.parse(shown.builtAt!)) < 300_000)
  })
}

test('ensureDefaultRootfs builds nothing when the rootfs is there', () => {
  const dataDir = freshDataDir()
  ensureDefaultRootfs({ dataDir, flavour: cheapest })
  const mark = path.join(defaultRootfsPath(dataDir), 'mark')
  fs.writeFileSync(mark, '')
  assert.is(ensureDefaultRootfs({ dataDir }).built, false)
  assert.ok(fs.existsSync(mark))
  assert.is(ensureDefaultRootfs({ dataDir, rebuild: true, flavour: cheapest }).built, true)
  assert.not.ok(fs.existsSync(mark))
  assert.equal(leftovers(dataDir), [])
})

test('describeDefaultRootfs builds nothing when there is none', () => {
  const dataDir = freshDataDir()
  const shown = describeDefaultRootfs({ dataDir })
  assert.equal(shown, {
    path: defaultRootfsPath(dataDir),
    exists: false,
    flavour: null,
    programs: [],
    bytes: 0,
    builtAt: null,
  })
  assert.not.ok(fs.existsSync(dataDir))
})

for (const rebuild of [false, true]) {
  test(`one whole rootfs is left when four processes ${rebuild ? 'rebuild' : 'build'} at once`, async () => {
    const dataDir = freshDataDir()
    const options = JSON.stringify({ dataDir, rebuild, flavour: cheapest })
    const body = `while (Date.now() < ${Date.now() + 1000}); console.log(m.ensureDefaultRootfs(${options}).built)`
    const answers = await Promise.all([1, 2, 3, 4].map(() => output(program(body))))
    const winners = answers.filter(answer => answer === 'true\n').length
    assert.ok(rebuild ? winners >= 1 : winners === 1, JSON.stringify(answers))
    assert.ok(
      answers.every(answer => answer === 'true\n' || answer === 'false\n'),
      JSON.stringify(answers),
    )
    assert.equal(leftovers(dataDir), [])
    assert.ok(ensureDefaultRootfs({ dataDir }).programs.includes('sh'))
  })
}

function output(args: string[]): Promise<string> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', chunk => {
      text += chunk
    })
    child.on('close', () => resolve(text))
  })
}

test('the next build removes what is left when a builder was killed', () => {
  const dataDir = freshDataDir()
  const place = defaultRootfsPath(dataDir)
  const body = `m.publishDirectory('${place}', dir => { m.publishDirectory(dir + '/a/b/c', () => {}); process.kill(process.pid, 'SIGKILL') })`
  assert.is(spawnSync(process.execPath, program(body)).signal, 'SIGKILL')
  assert.is(leftovers(dataDir).length, 1)
  const living = `${place}.new-1-${startTimeOfInit()}-abc`
  fs.mkdirSync(living)
  fs.mkdirSync(`${place}.new-notes`)
  ensureDefaultRootfs({ dataDir, flavour: cheapest })
  assert.equal(leftovers(dataDir).sort(), [path.basename(living), `${path.basename(place)}.new-notes`])
})

function startTimeOfInit(): string {
  return fs.readFileSync('/proc/1/stat', 'latin1').split(') ')[1]!.split(' ')[19]!
}

testAsRoot('ensureDefaultRootfs says how to help when this machine has no shell', () => {
  const body = `try { m.ensureDefaultRootfs({ dataDir: '${freshDataDir()}', flavour: 'busybox' }) } catch (e) { console.log(e.class, e.line) }`
  // A root directory without programs cannot run node; hiding /usr/bin/busybox behind an empty file can.
  const busybox = findBusybox()
  if (busybox === null) {
    const error = failure(() => ensureDefaultRootfs({ dataDir: freshDataDir(), flavour: 'busybox' }))
    assert.is(error.class, 'NotFound')
    return
  }
  const script = `mount --bind /dev/null ${busybox.path} && exec "$@"`
  const args = ['-m', 'sh', '-c', script, 'sh', process.execPath, ...program(body)]
  const shown = spawnSync('unshare', args, { encoding: 'utf8' })
  assert.match(shown.stdout, /^NotFound .*apt-get install busybox-static/, shown.stderr)
})

test('ensureDefaultRootfs names the errno and a way out when a file is in the way', () => {
  const dataDir = freshDataDir()
  fs.writeFileSync(dataDir, '')
  const error = failure(() => ensureDefaultRootfs({ dataDir, flavour: cheapest }))
  assert.is(error.class, 'FailedPrecondition')
  assert.match(error.line, /ENOTDIR.*MINI_DOCKER_ROOT=/)
})

testAsRoot('an ordinary user builds one for themselves when the directory lets them', () => {
  const dataDir = freshDataDir()
  const body = `console.log(m.ensureDefaultRootfs(${JSON.stringify({ dataDir, flavour: cheapest })}).built)`
  const shown = spawnSync(process.execPath, program(body), { uid: 65534, gid: 65534, encoding: 'utf8' })
  assert.is(shown.stdout, 'true\n', shown.stderr)
  assert.is(fs.statSync(path.join(defaultRootfsPath(dataDir), 'home/user')).uid, 65534)
})

testAsRoot('an ordinary user is told of MINI_DOCKER_ROOT when the directory is not theirs', () => {
  const parent = freshDataDir()
  fs.mkdirSync(parent)
  const body = `try { m.ensureDefaultRootfs({ dataDir: '${parent}/data' }) } catch (e) { console.log(e.class, e.line) }`
  const shown = spawnSync(process.execPath, program(body), { uid: 65534, gid: 65534, encoding: 'utf8' })
  assert.match(shown.stdout, /^FailedPrecondition .*EACCES.*MINI_DOCKER_ROOT=/, shown.stderr)
  assert.equal(fs.readdirSync(parent), [])
})

testAsRoot('ensureDefaultRootfs says so and leaves nothing when the disk is full', () => {
  const dataDir = freshDataDir()
  fs.mkdirSync(dataDir)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', dataDir])
  try {
    const error = failure(() => ensureDefaultRootfs({ dataDir, flavour: cheapest }))
    assert.is(error.class, 'FailedPrecondition')
    assert.match(error.line, /ENOSPC, no space left/)
    assert.equal(fs.readdirSync(dataDir), [])
  } finally {
    execFileSync('umount', [dataDir])
  }
})

testAsRoot('a rebuild refuses when something is mounted in the rootfs', () => {
  const dataDir = freshDataDir()
  const { path: place } = ensureDefaultRootfs({ dataDir, flavour: cheapest })
  const home = path.join(place, 'home')
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', home])
  try {
    const error = failure(() => ensureDefaultRootfs({ dataDir, rebuild: true, flavour: cheapest }))
    assert.is(error.class, 'FailedPrecondition')
    assert.match(error.line, /mounted below/)
    assert.equal(leftovers(dataDir), [])
  } finally {
    execFileSync('umount', [home])
  }
  assert.ok(readInRoot(place, '/etc/passwd') !== null)
})

test.run()
