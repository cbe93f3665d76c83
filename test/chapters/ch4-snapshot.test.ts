import { execFileSync, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { copyTree } from '#chapters/ch4-images/snapshot/copy-tree'
import { removeTree } from '#chapters/ch4-images/snapshot/remove-tree'
import { mkdirAt, openAt } from '#core/sys/files'
import { isThere, needs } from '#support/needs'
import { ch4, imported } from '#support/store'
import { treeOf } from '#support/tree'
import { newUser } from '#support/users'
import { newWorld } from '#support/world'
import { snapshotterSuite } from '../suites/snapshotter-suite.js'
import { program, subjectIn } from '../suites/snapshotters.js'

const world = newWorld()
const fresh = (): string => {
  const directory = world.path()
  fs.mkdirSync(directory)
  return directory
}
const asRoot = needs('root', 'unshare', 'mount')

/** In memory where there is such a place: each commit waits for the disk. */
const memory = fs.existsSync('/dev/shm') ? fs.mkdtempSync('/dev/shm/mini-docker-test-') : fresh()
process.on('exit', () => fs.rmSync(memory, { recursive: true, force: true }))
const inMemory = (): string => fs.mkdtempSync(`${memory}/`)

if (isThere('root')) {
  snapshotterSuite('overlay', () => subjectIn(inMemory(), 'overlay', false))
  snapshotterSuite('copying', () => subjectIn(inMemory(), 'copying', false))
}

needs(
  'root',
  'user namespaces',
  'user xattrs',
  'setpriv',
  'unshare',
)('a rootless overlay does the same when an ordinary user has it', () => {
  const { uid, home, options } = newUser(world)
  const directory = `${home}/suite`
  fs.mkdirSync(directory)
  fs.chownSync(directory, uid, uid)
  const [setpriv, ...words] = options.prefix!
  const { status, stdout, stderr } = spawnSync(setpriv!, [...words, process.execPath, program, directory], {
    encoding: 'utf8',
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home },
  })
  assert.is(status, 0, stdout + stderr)
  assert.match(stdout, /Passed: +10/)
})

needs(
  'root',
  'user xattrs',
  'setfattr',
)('a tree is the same when it was copied', () => {
  const source = fresh()
  const script = `
    cd ${source}; mkdir -m 2750 d; printf one > d/a; ln d/a b; ln -s ../d/a d/l; mkfifo -m 600 p; mknod c c 1 3; mknod n b 7 9
    chown -h 123:456 d/l b d; setfattr -n user.x -v y b; setfattr -n user.dir -v z d; chmod 6755 b
    setcap cap_net_raw+ep b 2>/dev/null; truncate -s 200M hole; printf x >> hole; touch -h -d @1234567890.987654321 d/l b d p c
    printf '' > "$(printf 'not \\377 utf8')"; printf '' > 'new
line'`
  execFileSync('sh', ['-ec', script])
  const target = fresh()
  copyTree(source, target)
  assert.equal(treeOf(target), treeOf(source))
  assert.ok(fs.statSync(`${target}/hole`).blocks < 1000)
  assert.is(execFileSync('diff', ['-r', '--no-dereference', `${source}/d`, `${target}/d`], { encoding: 'utf8' }), '')
  assert.ok(fs.readdirSync(target, { encoding: 'buffer' }).some(name => name.includes(0xff)))
})

asRoot('a tree is removed when it is deeper than a path can be and has names of any bytes', () => {
  const place = fresh()
  let directory = fs.openSync(place, 'r')
  for (let depth = 0; depth < 3000; depth++) {
    mkdirAt(directory, 'ddd', 0o755)
    const inner = openAt(directory, 'ddd', fs.constants.O_RDONLY)
    fs.closeSync(directory)
    directory = inner
  }
  fs.closeSync(openAt(directory, Buffer.of(0xff, 0), fs.constants.O_WRONLY | fs.constants.O_CREAT, 0o644))
  fs.closeSync(directory)
  fs.mkdirSync(`${place}/locked`, { mode: 0 })
  removeTree(place)
  assert.not(fs.existsSync(place))
  removeTree(place)
})

asRoot('a container runs on copies when they were asked for', async () => {
  const other = newWorld()
  const env = { MINI_DOCKER_SNAPSHOTTER: 'copying' }
  const { stdout } = await ch4(other, ['import', '-q', '-', 'base'], {
    env,
    input: execFileSync('tar', ['-C', other.rootfs, '-c', '.'], { maxBuffer: 1 << 28 }),
  })
  assert.match(stdout, /^sha256:/)
  assert.match(
    (await ch4(other, ['run', '--name', 'c', 'base', 'sh', '-c', 'echo new > /new; cat /new'], { env })).stdout,
    /new/,
  )
  assert.ok(fs.existsSync(`${other.data}/snapshots/copying`))
  assert.not(fs.existsSync(`${other.data}/snapshots/overlay/1`))
  await ch4(other, ['rm', 'c'], { env })
})

asRoot('copies are taken by themselves where overlayfs cannot be', async () => {
  const other = newWorld()
  const image = world.path()
  const place = fresh()
  // a file system without the d_type and xattrs that an upper layer needs: overlayfs itself
  execFileSync('sh', ['-ec', `mkdir -p ${image}/l ${image}/u ${image}/w`])
  const mounting = `mount -t overlay overlay -o lowerdir=${image}/l,upperdir=${image}/u,workdir=${image}/w ${place} && exec "$@"`
  const prefix = ['unshare', '-m', 'sh', '-c', mounting, 'sh']
  await ch4(other, ['images'], { prefix, env: { MINI_DOCKER_ROOT: `${place}/data` } })
  assert.is(fs.readFileSync(`${image}/u/data/snapshots/kind`, 'utf8'), 'copying')
  await ch4(other, ['images'])
  assert.is(fs.readFileSync(`${other.data}/snapshots/kind`, 'utf8'), 'overlay')
  await imported(other, 'base', { file: 'x' })
})

test.run()
