/** The life of a container as engines drive it: create, start, state, kill, delete, by the command line of runc. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { makeBundle, miniRunc, Runtime } from '#support/bundle'
import { needs } from '#support/needs'
import { newWorld, nonce, until } from '#support/world'

const world = newWorld()
const runtime = new Runtime(world)
const here = needs('root', 'native')

here('a container is created, started, killed and deleted, and says at each moment where it is', async () => {
  const [id, word, output] = [runtime.newId(), nonce(), world.path()]
  const bundle = makeBundle(world, ['sh', '-c', `echo ${word}; exec sleep 100`])
  const pidFile = world.path()
  assert.is(runtime.run(['create', '--bundle', bundle, '--pid-file', pidFile, id], { output }).code, 0)
  const pid = Number(fs.readFileSync(pidFile, 'utf8'))
  const { created, ...state } = runtime.state(id)
  assert.equal(state, { ociVersion: '1.2.1', id, status: 'created', bundle, pid, rootfs: world.rootfs, owner: 'root' })
  assert.ok(Math.abs(Date.parse(created) - Date.now()) < 60_000)
  assert.is(fs.readFileSync(output, 'utf8'), '', 'the program does not run yet')
  assert.is(runtime.run(['delete', id]).code, 1)
  assert.is(runtime.run(['start', id]).code, 0)
  await until('it speaks', () => fs.readFileSync(output, 'utf8') === `${word}\n`)
  assert.is(runtime.state(id).status, 'running')
  assert.match(runtime.run(['start', id]).stderr, /cannot be started/)
  assert.match(runtime.run(['delete', id]).stderr, /is not stopped/)
  assert.is(runtime.run(['kill', id, 'KILL']).code, 0)
  await until('it has ended', () => runtime.state(id).status === 'stopped')
  assert.is(runtime.state(id).pid, 0)
  assert.match(runtime.run(['kill', id]).stderr, /is stopped/)
  assert.is(runtime.run(['delete', id]).code, 0)
  assert.is(runtime.state(id), null)
  assert.match(runtime.run(['start', id]).stderr, /does not exist/)
  assert.is(runtime.run(['list', '-q']).stdout, '')
})

here('a container that cannot be is refused by create, and nothing is left of it', () => {
  const refused = (bundle: string): string => {
    const { code, stderr } = runtime.run(['create', '--bundle', bundle, runtime.newId()])
    assert.is(code, 1)
    assert.is(stderr.trim().split('\n').length, 1, stderr)
    return stderr
  }
  assert.match(refused(makeBundle(world, ['/nonsuch'])), /'\/nonsuch'.*ENOENT/)
  assert.match(refused(world.path()), /ENOENT: no config.json/)
  const wrong = makeBundle(world, ['true'])
  fs.writeFileSync(`${wrong}/config.json`, '{"ociVersion":"1.0.2","root":{"path":7}}')
  assert.match(refused(wrong), /config.json: root.path: must be a string/)
  assert.is(runtime.run(['list', '-q']).stdout, '')
})

here('delete --force ends what runs, and finds nothing wrong where nothing is', async () => {
  const id = runtime.newId()
  assert.is(runtime.run(['create', '-b', makeBundle(world, ['sleep', '100']), id], { output: world.path() }).code, 0)
  assert.is(runtime.run(['start', id]).code, 0)
  const { pid } = runtime.state(id)
  for (let times = 0; times < 2; times++) assert.is(runtime.run(['delete', '--force', id]).code, 0)
  await until('it has ended', () => !fs.existsSync(`/proc/${pid}/root/bin`))
  assert.is(runtime.state(id), null)
})

here('capabilities are those of config.json and no others, when the user is not root, too', async () => {
  const caps = ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_BIND_SERVICE']
  for (const uid of [0, 1000]) {
    const [id, output] = [runtime.newId(), world.path()]
    const bundle = makeBundle(world, ['grep', '-E', '^(Cap|NoNewPrivs)', '/proc/self/status'], spec => ({
      ...spec,
      process: {
        ...spec.process,
        user: { uid, gid: uid },
        noNewPrivileges: true,
        capabilities: {
          bounding: caps,
          effective: caps.slice(1),
          permitted: caps,
          inheritable: caps.slice(2),
          ambient: caps.slice(2),
        },
      },
    }))
    assert.is(runtime.run(['create', '-b', bundle, id], { output }).code, 0)
    assert.is(runtime.run(['start', id]).code, 0)
    await until('it has ended', () => runtime.state(id).status === 'stopped')
    const said = Object.fromEntries(
      fs
        .readFileSync(output, 'utf8')
        .trim()
        .split('\n')
        .map(line => line.split(/:\s+/)),
    )
    const set = (...bits: readonly number[]): string =>
      bits
        .reduce((sum, bit) => sum + 2n ** BigInt(bit), 0n)
        .toString(16)
        .padStart(16, '0')
    // what execve makes of them: root gets all that is bounded, anybody else what is ambient
    const gets = uid === 0 ? set(0, 5, 10) : set(10)
    assert.equal(
      said,
      { CapInh: set(10), CapPrm: gets, CapEff: gets, CapBnd: set(0, 5, 10), CapAmb: set(10), NoNewPrivs: '1' },
      `uid ${uid}`,
    )
    assert.is(runtime.run(['delete', id]).code, 0)
  }
})

here('exec runs one more process in it, and gives its exit code', () => {
  const id = runtime.newId()
  const bundle = makeBundle(world, ['sleep', '100'])
  assert.is(runtime.run(['create', '-b', bundle, id], { output: world.path() }).code, 0)
  assert.match(runtime.run(['exec', id, 'true']).stderr, /is created/)
  runtime.run(['start', id])
  const word = nonce()
  assert.equal(runtime.run(['exec', '-e', `WORD=${word}`, id, 'sh', '-c', 'echo $WORD; hostname; exit 7']), {
    code: 7,
    stdout: `${word}\nbox\n`,
    stderr: '',
  })
  const process = world.path()
  fs.writeFileSync(
    process,
    JSON.stringify({ user: { uid: 0, gid: 0 }, args: ['pwd'], env: ['PATH=/bin'], cwd: '/proc' }),
  )
  assert.is(runtime.run(['exec', '--process', process, id]).stdout, '/proc\n')
  runtime.run(['delete', '-f', id])
})

here('a container writes files that are its own to change, whatever mask its engine has', () => {
  const [id, output] = [runtime.newId(), world.path()]
  const bundle = makeBundle(world, ['sh', '-c', 'umask'])
  assert.is(runtime.run(['run', '-b', bundle, id], { output }).code, 0)
  assert.is(fs.readFileSync(output, 'utf8'), '0022\n')
})

here('capabilities that nobody here has are left out, and the log says so', () => {
  const [output, log] = [world.path(), world.path()]
  const held = ['CAP_CHOWN', 'CAP_KILL']
  const all = [...held, 'CAP_SYS_MODULE', 'CAP_NONE']
  const bundle = makeBundle(world, ['grep', 'CapEff', '/proc/self/status'], spec => ({
    ...spec,
    process: { ...spec.process, capabilities: { bounding: all, effective: all, permitted: all } },
  }))
  // without what it takes to lose one nobody could: the runtime itself is started without it
  const without = new Runtime(world, [
    ...['setpriv', '--bounding-set=-sys_module', '--inh-caps=-all'],
    ...[process.execPath, miniRunc, '--log', log, '--log-format', 'json'],
  ])
  assert.equal(without.run(['run', '-b', bundle, without.newId()], { output }), { code: 0, stdout: '', stderr: '' })
  assert.is(fs.readFileSync(output, 'utf8'), `CapEff:\t${(0x21).toString(16).padStart(16, '0')}\n`)
  const [line] = fs.readFileSync(log, 'utf8').trim().split('\n')
  assert.is(JSON.parse(line!).level, 'warning')
  assert.match(JSON.parse(line!).msg, /CAP_SYS_MODULE, CAP_NONE/)
})

here('who may not raise a hard limit is told so', () => {
  const without = new Runtime(world, [
    ...['setpriv', '--bounding-set=-sys_resource', '--inh-caps=-all'],
    ...[process.execPath, miniRunc],
  ])
  const bundle = makeBundle(world, ['true'], spec => ({
    ...spec,
    process: { ...spec.process, rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 2 ** 29 }] },
  }))
  const { code, stderr } = without.run(['run', '-b', bundle, without.newId()])
  assert.is(code, 1)
  assert.match(stderr, /^mini-runc: rlimit 'nofile': EPERM \(a hard limit is raised by CAP_SYS_RESOURCE only/)
  assert.is(without.run(['list', '-q']).stdout, '')
})

here('what cannot be executed is said in the words that engines look for', () => {
  const said = (...args: readonly string[]): string => {
    const log = world.path()
    const all = ['--log', log, '--log-format', 'json', 'run', '-b', makeBundle(world, args), runtime.newId()]
    const { code, stderr } = runtime.run(all)
    assert.is(code, 1)
    const { msg } = JSON.parse(fs.readFileSync(log, 'utf8'))
    assert.ok(stderr.startsWith(`mini-runc: ${msg}`), stderr)
    return msg
  }
  assert.is(said('nonsuch'), "command 'nonsuch': ENOENT: no such file or directory")
  assert.is(said('/proc'), "command '/proc': EACCES: permission denied")
})

here('files that the caller has opened are the program’s, and no others', () => {
  const [id, one, two] = [runtime.newId(), world.path(), world.path()]
  fs.writeFileSync(one, 'one\n')
  fs.writeFileSync(two, 'two\n')
  const look =
    'for n in 3 4 5 6 7 8 9 10; do [ -e /proc/self/fd/$n ] && echo $n; done; cat <&3; cat <&4; echo $LISTEN_FDS $LISTEN_PID'
  const sh = (...args: readonly string[]): string => {
    const command = [process.execPath, miniRunc, '--root', runtime.root, ...args]
    const script = 'exec "$@" 3<"$ONE" 4<"$TWO" 5</dev/zero'
    const env = { ...process.env, ONE: one, TWO: two }
    return execFileSync('sh', ['-c', script, 'sh', ...command], { encoding: 'utf8', env, timeout: 60_000 })
  }
  const bundle = makeBundle(world, ['sh', '-c', look])
  assert.is(sh('run', '--preserve-fds', '2', '-b', bundle, id), '3\n4\none\ntwo\n\n')
  const refused = runtime.run(['run', '--preserve-fds', '1', '-b', bundle, id])
  assert.equal([refused.code, refused.stderr], [1, 'mini-runc: --preserve-fds: fd 3: is not open\n'])
  const box = makeBundle(world, ['sleep', '100'])
  assert.is(runtime.run(['run', '-d', '-b', box, id], { output: world.path() }).code, 0)
  assert.is(sh('exec', '--preserve-fds', '2', id, 'sh', '-c', look), '3\n4\none\ntwo\n\n')
  runtime.run(['delete', '-f', id])
})

here('sockets of an activator come first', () => {
  const [id, one, two] = [runtime.newId(), world.path(), world.path()]
  fs.writeFileSync(one, 'one\n')
  fs.writeFileSync(two, 'two\n')
  const bundle = makeBundle(world, ['sh', '-c', 'cat <&3; cat <&4; echo $LISTEN_FDS $LISTEN_PID'])
  const command = [process.execPath, miniRunc, '--root', runtime.root, 'run', '--preserve-fds', '1', '-b', bundle, id]
  const script = `LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<${one} 4<${two}`
  const said = execFileSync('sh', ['-c', script, 'sh', ...command], { encoding: 'utf8', timeout: 60_000 })
  assert.is(said, 'one\ntwo\n1 1\n')
})

test.run()
