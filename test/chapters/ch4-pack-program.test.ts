/** `ch4 pack --cmd`: a program with the files that it needs; it runs where nothing else of this machine is in sight. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as path from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Options, type Result, run, start } from '#support/cli'
import { imageNames, storedImage, tarList, unpackedByTar } from '#support/images'
import { needs } from '#support/needs'
import { repository } from '#support/repository'
import { newUser } from '#support/users'
import { newWorld, nonce, records } from '#support/world'

const world = newWorld()
const runs = needs('root', 'native', 'tar')

interface Packed {
  readonly stdout: string
  readonly stderr: string
  /** What is in it, absolute. */
  readonly paths: readonly string[]
  readonly root: string
}

/** What ends by itself has the time for it: usually it is told to end after 5 s, and on a busy machine that is too soon. */
const patient = ['--trace-for', '60']
const tracing = (args: readonly string[]): readonly string[] =>
  args.some(word => /^--(no-trace|trace-for)$/.test(word)) ? [] : patient

async function packed(args: readonly string[], options: Options = {}): Promise<Packed> {
  const { code, stdout, stderr } = await run(
    world,
    ['ch4', 'pack', '-t', 'program', '--compression', 'none', ...tracing(args), ...args],
    {
      seconds: 90,
      ...options,
    },
  )
  assert.is(code, 0, stderr)
  const image = storedImage(world.data, stdout.trim())
  const paths = tarList(image.blobs[0]!).map(name => path.resolve('/', name))
  return { stdout, stderr, paths, root: unpackedByTar(world, image) }
}

const runIn = (root: string, args: readonly string[], workdir = '/'): Promise<Result> =>
  run(world, ['ch3', 'run', '--rootfs', root, '--workdir', workdir, ...args])

const list = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(world, ['ch4', 'pack', '--list', ...tracing(args), ...args])
  assert.is(code, 0, stderr)
  return stdout
}

needs(
  'root',
  'native',
  'tar',
  'busybox',
)('a static program runs packed when it was not even run before', async () => {
  const { root, paths } = await packed(['--no-trace', '--cmd', 'busybox', 'echo', 'hi'])
  assert.is((await runIn(root, ['busybox', 'echo', 'hi'])).stdout, 'hi\n')
  const files = paths.filter(one => fs.lstatSync(`${root}${one}`).isFile())
  assert.equal(files.filter(one => !one.startsWith('/etc/')).length, 1, `one file: ${files}`)
  assert.is(fs.statSync(`${root}/tmp`).mode & 0o7777, 0o1777)
})

runs('a dynamic program runs packed by its libraries alone', async () => {
  const { root, paths } = await packed(['--no-trace', '--cmd', 'ls', '-a', '/etc'])
  const { stdout, code, stderr } = await runIn(root, ['ls', '-a', '/etc'])
  assert.is(code, 0, stderr)
  assert.match(stdout, /passwd/)
  assert.not.match(stdout, /shadow/)
  assert.not(paths.includes('/usr/bin/env') || paths.includes('/bin/sh'))
  assert.is(fs.readFileSync(`${root}/etc/passwd`, 'utf8').split('\n').length, 3, 'no users of this machine')
})

const app = {
  'app.js': `
    const fs = require('node:fs'), http = require('node:http')
    const { greeting } = require('./' + ['data', 'json'].join('.'))
    const server = http.createServer((_, response) => response.end(greeting + fs.readFileSync(__dirname + '/page.html')))
    server.listen(0, '127.0.0.1', () => http.get({ port: server.address().port, host: '127.0.0.1' }, answer => {
      answer.on('data', chunk => process.stdout.write(chunk)).on('end', () => server.close())
    }))
    fs.writeFileSync(__dirname + '/own.log', 'mine')
  `,
  'data.json': '{"greeting": "hello "}',
  'page.html': '<h1>page</h1>\n',
  'unused.js': 'nobody asks for it',
}

runs('a node app runs packed when all of its files have gone from this machine', async () => {
  const directory = world.directoryOf(app)
  const { root, paths, stderr } = await packed(['--cmd', 'node', 'app.js'], { cwd: directory })
  fs.rmSync(directory, { recursive: true })
  for (const how of [runIn(root, ['node', 'app.js'], directory), run(world, ['ch4', 'run', '--rm', 'program'])]) {
    const { stdout, code, stderr: said } = await how
    assert.is(code, 0, said)
    assert.is(stdout, 'hello <h1>page</h1>\n')
  }
  assert.match(stderr, /^running node for up to 60 s, to see what it needs\n/)
  assert.match(
    stderr,
    /\d+ files, [\d.]+ MB: \d+ asked for by programs and libraries, 1 named in the command, \d+ used while it ran/,
  )
  const own = paths.filter(one => one.startsWith(`${directory}/`)).map(one => path.basename(one))
  assert.equal(own.sort(), ['app.js', 'data.json', 'page.html'], 'not what it wrote, nor what it did not use')
})

runs('what is only opened at run time is found by trace, and missing without it', async () => {
  const directory = world.directoryOf(app)
  const { root, paths } = await packed(['--no-trace', '--cmd', 'node', 'app.js'], { cwd: directory })
  assert.ok(paths.includes(`${directory}/app.js`), 'the command names it')
  assert.not(paths.includes(`${directory}/data.json`))
  const { code, stderr } = await runIn(root, ['node', 'app.js'], directory)
  assert.is(code, 1)
  assert.match(stderr, /Cannot find module '.\/data.json'/)
  const included = await packed(['--no-trace', '--include', '.', '--exclude', 'unused.*', '--cmd', 'node', 'app.js'], {
    cwd: directory,
  })
  assert.is((await runIn(included.root, ['node', 'app.js'], directory)).code, 0, 'but --include brings it')
  assert.not(included.paths.includes(`${directory}/unused.js`))
})

const addon = `${repository}node_modules/@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`

runs('a library that is loaded by name at run time is found by trace', async () => {
  if (!fs.existsSync(addon)) return console.log('\nskipped: library by name: no koffi for glibc here')
  const directory = world.directoryOf({})
  const library = `${directory}/addon.node`
  fs.copyFileSync(addon, library)
  const code =
    "const m = {exports: {}}; process.dlopen(m, process.cwd() + '/addon.node'); console.log(typeof m.exports.load)"
  const traced = await packed(['--cmd', 'node', '-e', code], { cwd: directory })
  assert.ok(traced.paths.includes(library))
  assert.is((await runIn(traced.root, ['node', '-e', code], directory)).stdout, 'function\n')
  const plain = await packed(['--no-trace', '--cmd', 'node', '-e', code], { cwd: directory })
  assert.not(plain.paths.includes(library))
})

runs('a server that never ends is told to end, and so packed', async () => {
  const directory = world.directoryOf({
    'serve.js': `require('node:http').createServer().listen(0); setTimeout(() => require('./late.json'), 200)`,
    'late.json': '1',
  })
  const { paths } = await packed(['--trace-for', '6', '--cmd', 'node', 'serve.js'], { cwd: directory })
  assert.ok(paths.includes(`${directory}/late.json`), 'what it used in the meantime as well')
})

test('a program that does not end when it is told to is killed, and what it started with it', async () => {
  const mark = `30.${nonce().replaceAll(/\D/g, '')}1`
  const begun = performance.now()
  await list('--trace-for', '0.3', '--cmd', 'sh', '-c', `trap '' TERM; sleep ${mark} & while :; do sleep ${mark}; done`)
  assert.ok(performance.now() - begun < 15_000)
  assert.not(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(`sleep ${mark}`))
})

test('no image is made of a program that fails under trace, and its exit code is said', async () => {
  const name = `failing-${nonce()}`
  for (const [script, code] of [
    ['exit 3', 3],
    ['kill -SEGV $$', 139],
  ] as const) {
    const result = await run(world, ['ch4', 'pack', '-t', name, '--cmd', 'sh', '-c', `echo its own words; ${script}`])
    assert.is(result.code, 125)
    assert.match(result.stderr, /^running sh for up to 5 s, to see what it needs\n/)
    assert.match(result.stderr, /its own words\n/, 'on stderr')
    assert.match(result.stderr, new RegExp(`program 'sh -c '.*'': ended with ${code} under trace: no image is made`))
    assert.is(result.stdout, '')
  }
  assert.not(imageNames(world.data).includes(`${name}:latest`))
  const missing = await run(world, ['ch4', 'pack', '-t', name, '--cmd', `nope-${name}`])
  assert.match(missing.stderr, /^mini-docker: program 'nope-failing-\w+': is not on this machine \(install it/)
})

runs('a program behind links comes with all of them', async () => {
  const directory = world.directoryOf({ 'versions/1/tool': '#!/bin/sh\necho tool ran\n' })
  fs.chmodSync(`${directory}/versions/1/tool`, 0o755)
  fs.symlinkSync('versions/1', `${directory}/current`)
  fs.symlinkSync('current/tool', `${directory}/tool`)
  const { root, paths } = await packed(['--no-trace', '--cmd', './tool'], { cwd: directory })
  for (const name of ['tool', 'current', 'versions/1/tool']) assert.ok(paths.includes(`${directory}/${name}`), name)
  assert.is((await runIn(root, ['./tool'], directory)).stdout, 'tool ran\n')
  for (const place of ['/bin', '/lib', '/lib64'].filter(one => fs.lstatSync(one).isSymbolicLink())) {
    if (paths.includes(place)) assert.is(fs.readlinkSync(`${root}${place}`), fs.readlinkSync(place))
  }
  assert.ok(fs.existsSync(`${root}/bin/sh`), 'the interpreter, which only its first line names')
})

runs('files of odd names come along when the program opens them', async () => {
  const names = ['a b', 'new\nline', "it's", '"quoted"', '$x', 'ünïcode', '-rf']
  const directory = world.directoryOf(Object.fromEntries(names.map(name => [name, name])))
  const program = ['cat', '--', ...names]
  const { root, paths } = await packed(['--no-trace', '--cmd', ...program], { cwd: directory })
  assert.is((await runIn(root, program, directory)).stdout, names.join(''))
  assert.ok(paths.length > names.length)
  const traced = await packed(['--cmd', 'sh', '-c', 'cat ./*'], { cwd: directory })
  assert.is((await runIn(traced.root, ['sh', '-c', 'cat ./*'], directory)).stdout.length, names.join('').length)
})

test('a link that is only looked at comes as the link, and what is looked at as the file', async () => {
  const directory = world.directoryOf({ there: 'x', 'd/in': 'y' })
  fs.symlinkSync('gone', `${directory}/dangling`)
  const text = await list(
    '-w',
    directory,
    '--cmd',
    'sh',
    '-c',
    'readlink dangling; test -e there; cd d; test -e missing || true',
  )
  assert.match(text, new RegExp(`trace +symlink +0 ${directory}/dangling -> gone\n`))
  assert.match(text, new RegExp(`trace +file +1 ${directory}/there\n`))
  assert.match(text, new RegExp(`trace +directory +0 ${directory}/d\n`))
  assert.not.match(text, /d\/in|missing/)
})

test('what the program makes, moves or only writes to is not taken', async () => {
  const directory = world.directoryOf({ log: 'old', template: 't', database: 'rows' })
  const script =
    'echo x >> log; cp template copy; mkdir made; echo 1 > made/f; cat made/f; mv copy moved; cat moved; ln -s made l; cat l/f; exec 3<>database; cat <&3'
  const text = await list('-w', directory, '--cmd', 'sh', '-c', script)
  const own = [...text.matchAll(new RegExp(` ${directory}/(\\S+)`, 'g'))].map(([, name]) => name)
  assert.equal(own, ['database', 'template'])
})

test('what a thread, a child, or a program in the background opens is seen', async () => {
  const directory = world.directoryOf({ worker: '1', child: '2', background: '3' })
  const code = `
    new (require('node:worker_threads').Worker)('require("node:fs").readFileSync("worker")', { eval: true })
    require('node:child_process').execSync('cat child; (sleep 0.3; cat background) > /dev/null 2>&1 &')
  `
  const text = await list('-w', directory, '--cmd', 'node', '-e', code)
  for (const name of ['worker', 'child', 'background'])
    assert.match(text, new RegExp(`trace +file +1 ${directory}/${name}\n`))
})

test('a program that is stopped and goes on, and gets signals of its own, is seen to its end', async () => {
  const directory = world.directoryOf({ before: '1', trapped: '2', after: '3' })
  const script =
    'cat before; trap "cat trapped" USR1; kill -USR1 $$; (while sleep 0.1; do kill -CONT $$; done) & kill -STOP $$; kill $!; cat after'
  const text = await list('-w', directory, '--cmd', 'sh', '-c', script)
  for (const name of ['before', 'trapped', 'after'])
    assert.match(text, new RegExp(`trace +file +1 ${directory}/${name}\n`))
})

test('the program sees the environment that it will have, and nothing of ours', async () => {
  const script = 'test -z "$OURS" && test "$OWN" = 1 && test "$GIVEN" = 2 && test "$HOME" = /root'
  const env = { OURS: 'x', OWN: '1' }
  const result = await run(
    world,
    ['ch4', 'pack', '-q', '-t', 'env', '-e', 'OWN', '-e', 'GIVEN=2', '--cmd', 'sh', '-c', script],
    { env },
  )
  assert.is(result.code, 0, result.stderr)
  const { config } = storedImage(world.data, result.stdout.trim())
  assert.equal(config.config?.Env?.slice(1), ['OWN=1', 'GIVEN=2'])
})

runs('a program outside the usual PATH is found inside by the PATH of its image', async () => {
  const directory = world.directoryOf({ 'bin/own-tool': '#!/bin/sh\necho found\n' })
  fs.chmodSync(`${directory}/bin/own-tool`, 0o755)
  const result = await run(world, ['ch4', 'pack', '-q', '-t', 'path', '--cmd', 'own-tool'], {
    env: { PATH: `/usr/bin:/bin:${directory}/bin` },
  })
  const { config } = storedImage(world.data, result.stdout.trim())
  assert.match(config.config!.Env![0]!, new RegExp(`^PATH=${directory}/bin:/usr/local/sbin:`))
})

test('the same program gives the same digest when it is packed again', async () => {
  const directory = world.directoryOf(app)
  const digests: string[] = []
  for (const name of ['once', 'again']) {
    const command = ['sh', '-c', 'cat data.json page.html; echo mine > own.log']
    const result = await run(world, ['ch4', 'pack', '-q', '-t', name, ...patient, '--cmd', ...command], {
      cwd: directory,
    })
    assert.is(result.code, 0, result.stderr)
    digests.push(result.stdout)
    fs.writeFileSync(`${directory}/another`, 'beside it')
  }
  assert.is(digests[0], digests[1])
})

needs('time')('a program of a hundred megabytes is packed in flat memory', async () => {
  const { code, stderr } = await run(world, ['ch4', 'pack', '-q', '-t', 'big', '--cmd', 'node', '-e', '0'], {
    prefix: ['/usr/bin/time', '-f', '%M'],
    seconds: 90,
  })
  assert.is(code, 0, stderr)
  assert.ok(Number(stderr) < 150_000, `${stderr} KB`)
})

needs('root', 'setpriv')('an ordinary user packs a program without any right', async () => {
  const user = newUser(world)
  const env = { ...user.options.env, MINI_DOCKER_ROOT: `${user.home}/data` }
  fs.writeFileSync(`${user.home}/data.txt`, 'theirs')
  fs.chownSync(`${user.home}/data.txt`, user.uid, user.uid)
  const result = await run(world, ['ch4', 'pack', '-q', '-t', 'theirs', '--cmd', 'sh', '-c', 'cat < data.txt'], {
    ...user.options,
    env,
  })
  assert.is(result.code, 0, result.stderr)
  const lines = tarList(storedImage(`${user.home}/data`, result.stdout.trim()).blobs[0]!, '-v')
  const own = lines.find(one => one.endsWith('/data.txt')) ?? ''
  assert.match(own, /^-rw-r--r-- 0\/0 /, 'which is root in a container of theirs')
})

test('the program ends with the packer when that is killed', async () => {
  const mark = `31.${nonce().replaceAll(/\D/g, '')}1`
  const packer = start(world, [
    'ch4',
    'pack',
    '-t',
    'killed',
    '--trace-for',
    '60',
    '--cmd',
    'sh',
    '-c',
    `echo up; sleep ${mark}`,
  ])
  const isThere = (): boolean => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(`sleep ${mark}`)
  const seen = async (wanted: boolean): Promise<boolean> => {
    for (let tries = 0; tries < 300 && isThere() !== wanted; tries++) await new Promise(done => setTimeout(done, 30))
    return isThere() === wanted
  }
  assert.ok(await seen(true))
  packer.child.kill('SIGKILL')
  await packer.done
  assert.ok(await seen(false))
  assert.equal(records(world), [])
})

test.run()
