/** What npm would publish, installed where nothing else is: no sources in TypeScript, no build, no repository around it. */

import { execFileSync, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import * as path from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { which } from '#core/sys/probe'
import { needs } from '#support/needs'
import { filesBelow, readSource, repository } from '#support/repository'
import { leftovers, newWorld } from '#support/world'

const world = newWorld()
const here = needs('linux', 'root', 'npm', 'tar', 'unshare')
const withCompiler = needs('linux', 'root', 'npm', 'tar', 'gcc')
const compilers = ['musl-gcc', 'gcc', 'clang', 'cc', 'tcc']
const { version } = JSON.parse(readSource('package.json')) as { version: string }

const quiet = { npm_config_update_notifier: 'false', npm_config_loglevel: 'error' }
const npm = (directory: string, ...args: readonly string[]): string =>
  execFileSync('npm', args, {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...quiet },
  })

interface Tarball {
  readonly path: string
  readonly files: readonly string[]
}

let packed: Tarball | undefined
function tarball(): Tarball {
  if (packed !== undefined) return packed
  const directory = world.directoryOf({})
  // without scripts: prepare would build into the directory that other tests run from
  npm(repository, 'pack', '--ignore-scripts', '--pack-destination', directory)
  const file = `${directory}/${fs.readdirSync(directory)[0]}`
  const listing = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n')
  packed = { path: file, files: listing.map(name => name.replace(/^package\//, '')).sort() }
  return packed
}

let home: string | undefined
/** The directory into which the package was installed. */
function installed(): string {
  if (home === undefined) {
    home = world.directoryOf({ 'package.json': '{ "private": true }' })
    npm(home, 'install', '--no-audit', '--no-fund', '--prefer-offline', tarball().path)
  }
  return home
}

interface Place {
  readonly data: string
  readonly prefix?: readonly string[]
  /** By npx, as the README says, which costs its own start; otherwise straight from node_modules/.bin. */
  readonly npx?: boolean
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function run({ data, prefix = [], npx = false }: Place, ...args: readonly string[]): Promise<Ended> {
  const bin = npx ? ['npx', '--no-install', 'mini-docker'] : [`${installed()}/node_modules/.bin/mini-docker`]
  const [program, ...rest] = [...prefix, ...bin, ...args]
  const own = { PATH: process.env.PATH, HOME: world.directory, MINI_DOCKER_ROOT: data, MINI_DOCKER_RUN: world.run }
  const env = { ...own, ...quiet }
  const child = spawn(program!, rest, { cwd: installed(), env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  return { code, stdout, stderr }
}

const succeeds = async (place: Place, ...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(place, ...args)
  assert.is(code, 0, `${args.join(' ')}: ${stderr}`)
  return stdout
}

/** What lies in the data directory's native/, whole paths below it. */
const built = (data: string): string[] =>
  fs.existsSync(`${data}/native`) ? fs.readdirSync(`${data}/native`, { recursive: true, encoding: 'utf8' }).sort() : []
const oneStage = (data: string): void => {
  const [directory, stage, ...more] = built(data)
  assert.equal([stage, more], [`${directory}/mini-docker-stage`, []])
}

/** A mount namespace of its own in which something was done before the command starts. */
const after = (script: string): string[] => ['unshare', '--mount', 'sh', '-e', '-c', `${script}; exec "$@"`, 'sh']
const withoutCompilers = (): string[] =>
  after(
    compilers
      .flatMap(name => which(name) ?? [])
      .map(place => `mount --bind /dev/null ${fs.realpathSync(place)}`)
      .join('; ') || 'true',
  )
const readOnly = (directory: string): string[] =>
  after(`mount --bind ${directory} ${directory}; mount -o remount,bind,ro ${directory}`)

here('the tarball holds what package.json names and nothing else when it is packed', () => {
  const { path: file, files } = tarball()
  const kilobytes = (fs.statSync(file).size / 1000).toFixed(0)
  console.log(`${path.basename(file)}: ${files.length} files, ${kilobytes} kB`)
  const bundles = ['bundle', 'images', 'start', 'runtime', 'question'].flatMap(name => [`${name}.cjs`, `${name}.cache`])
  const dist = [...bundles, 'koffi-stage.cjs', 'mini-docker.cjs', 'mini-runc.cjs'].map(name => `dist/${name}`)
  const native = filesBelow('native', '.c', '.h')
  assert.equal(files, ['LICENSE', 'README.md', ...dist, ...native, 'package.json'].sort())
})

here('the package says its version when it is called by npx where it was installed', async () => {
  assert.is(await succeeds({ data: world.path(), npx: true }, '--version'), `mini-docker ${version}\n`)
})

withCompiler('the stage is built from the C sources when a container is first run', async () => {
  const place = { data: world.path(), npx: true }
  assert.is(await succeeds(place, 'ch1', 'run', '--', 'echo', 'in a jail'), 'in a jail\n')
  oneStage(place.data)
  const stage = `${place.data}/native/${built(place.data)[1]}`
  const before = fs.statSync(stage).mtimeMs
  assert.is(await succeeds(place, 'ch2', 'run', '--executor', 'native', '--hostname', 'box', '--', 'hostname'), 'box\n')
  assert.is(fs.statSync(stage).mtimeMs, before)
  assert.equal(await leftovers(world), [])
})

withCompiler('all succeed and one stage is there when several first uses come at once', async () => {
  const place = { data: world.path() }
  const names = ['a', 'b', 'c', 'd']
  const runs = names.map(name =>
    succeeds(place, 'ch2', 'run', '--executor', 'native', '--hostname', name, '--', 'hostname'),
  )
  assert.equal(
    await Promise.all(runs),
    names.map(name => `${name}\n`),
  )
  oneStage(place.data)
  assert.equal(await leftovers(world), [])
})

here('containers run through koffi when there is no C compiler', async () => {
  const place = { data: world.path(), prefix: withoutCompilers() }
  assert.is(await succeeds(place, 'ch1', 'run', '--', 'echo', 'in a jail'), 'in a jail\n')
  assert.is(await succeeds(place, 'ch2', 'run', '--hostname', 'box', '--', 'sh', '-c', 'hostname; echo $$'), 'box\n1\n')
  assert.equal(
    built(place.data).filter(name => name.includes('stage')),
    [],
  )
  const native = await run(place, 'ch2', 'run', '--executor', 'native', '--', 'true')
  assert.is(native.code, 125)
  assert.match(native.stderr, /native executor: is not built \(install a C compiler/)
  const userns = await run(place, 'ch2', 'run', '--userns', '--', 'true')
  assert.is(userns.code, 125)
  assert.match(userns.stderr, /koffi executor cannot make a user namespace/)
  assert.equal(await leftovers(world), [])
})

for (const [compiler, more] of [
  ['a compiler', ''],
  ['no compiler', 'koffi'],
] as const) {
  here(`containers run when the package's directory is read-only and there is ${compiler}`, async () => {
    const hidden = more === 'koffi' ? withoutCompilers() : []
    const place = { data: world.path(), prefix: [...readOnly(installed()), ...hidden] }
    assert.is(await succeeds(place, 'ch1', 'run', '--', 'echo', 'in a jail'), 'in a jail\n')
    assert.is(await succeeds(place, 'ch2', 'run', '--hostname', 'box', '--', 'hostname'), 'box\n')
    assert.equal(await leftovers(world), [])
  })
}

test.run()
