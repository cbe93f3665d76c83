/**
 * checkpoint and restore around CRIU: what is looked at before, what becomes of the container behind, and what is left when it fails. The
 * program itself is a fake here; with the real one: ch7-checkpoint-full-v2.
 */

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { which } from '#core/sys/probe'
import { makeBundle, miniRunc, Runtime } from '#support/bundle'
import { type FakeCriu, fakeCriu } from '#support/fake-criu'
import { needs } from '#support/needs'
import { leftovers, newWorld, until } from '#support/world'

const world = newWorld()
const runtime = new Runtime(world)
const here = needs('root', 'native', 'cgroups')
const withoutNetwork = (args: readonly string[]): string =>
  makeBundle(world, args, spec => ({
    ...spec,
    linux: { ...spec.linux, namespaces: spec.linux!.namespaces!.filter(({ type }) => type !== 'network') },
  }))

function running(): string {
  const id = runtime.newId()
  const bundle = makeBundle(world, ['sleep', '100'])
  assert.is(runtime.run(['run', '-d', '-b', bundle, id], { output: world.path() }).code, 0)
  return id
}

const line = ({ stderr }: { readonly stderr: string }): string => stderr.trim().split('\n').at(-1)!
const end = (id: string): void => assert.is(runtime.run(['delete', '-f', id]).code, 0)

here('checkpoint asks for the container by its init, and it is gone behind it', async () => {
  const criu = fakeCriu(world, "process.kill(opts.pid, 'SIGKILL'); last(true)")
  const id = running()
  const { pid } = runtime.state(id)
  const images = world.path()
  const { code, stderr } = runtime.run(['checkpoint', '--image-path', images, id], criu)
  assert.equal([code, stderr], [0, ''])
  const { type, opts } = criu.asked()
  assert.equal([type, opts.pid, opts.root, opts.log_file, opts.leave_running], [1, pid, world.rootfs, 'dump.log', 0])
  assert.match(String(opts.freeze_cgroup), new RegExp(`/mini-docker/${id}$`))
  assert.not.ok(fs.existsSync(String(opts.freeze_cgroup)))
  assert.is(runtime.state(id), null)
  assert.is(fs.statSync(images).mode & 0o777, 0o700)
  const descriptors = JSON.parse(fs.readFileSync(`${images}/descriptors.json`, 'utf8'))
  assert.is(descriptors.length, 3)
  for (const one of descriptors) assert.match(one, /^file\[[0-9a-f]+:[0-9a-f]+\]$/)
})

here('a container goes on behind --leave-running and --pre-dump', () => {
  const criu = fakeCriu(world, 'last(true)')
  const id = running()
  const before = world.path()
  assert.is(runtime.run(['checkpoint', '--pre-dump', '--image-path', before, id], criu).code, 0)
  assert.is(criu.asked().type, 13)
  assert.not.ok(fs.existsSync(`${before}/descriptors.json`))
  const parent = ['--parent-path', `../${before.split('/').at(-1)}`]
  const rest = ['--leave-running', ...parent, '--image-path', world.path(), id]
  assert.is(runtime.run(['checkpoint', ...rest], criu).code, 0)
  assert.is(criu.asked().opts.leave_running, 1)
  assert.is(runtime.state(id).status, 'running')
  end(id)
})

here('a container goes on when criu fails, and its log is quoted', () => {
  const id = running()
  const images = world.path()
  const failing = fakeCriu(
    world,
    "log('(00.1) Error (criu/x.c:7): no such luck\\n(00.2) Error (criu/y.c:8): Dumping FAILED.\\n'); last(false)",
  )
  const failed = runtime.run(['checkpoint', '--image-path', images, id], failing)
  assert.is(failed.code, 1)
  const expected = `mini-runc: criu dump of '${id}': no such luck (criu/x.c:7) (log: ${images}/dump.log)`
  assert.is(line(failed), expected)
  const silent = runtime.run(['checkpoint', '--image-path', world.path(), id], fakeCriu(world, ''))
  assert.equal([silent.code, line(silent)], [1, `mini-runc: criu dump of '${id}': failed`])
  assert.is(runtime.state(id).status, 'running')
  end(id)
})

here('what does not run, is not there, or lacks criu cannot be checkpointed', () => {
  const criu = fakeCriu(world, 'last(true)')
  const id = runtime.newId()
  assert.is(runtime.run(['create', '-b', makeBundle(world, ['true']), id], { output: world.path() }).code, 0)
  const refused = (...args: string[]): string => {
    const said = runtime.run(args, criu)
    assert.is(said.code, 1, args.join(' '))
    return line(said)
  }
  assert.match(refused('checkpoint', id), /cannot be checkpointed in the created state$/)
  assert.match(refused('checkpoint', 'nobody'), /container 'nobody': does not exist/)
  assert.match(refused('checkpoint'), /container id: is missing/)
  assert.match(refused('checkpoint', '--lazy-pages', id), /^mini-runc: --lazy-pages: is not supported/)
  assert.match(refused('checkpoint', '--empty-ns', 'ipc', id), /--empty-ns 'ipc': is not supported/)
  assert.match(refused('restore', '--no-pivot', id), /^mini-runc: --no-pivot: is not supported/)
  end(id)
  const runs = running()
  const at = ['checkpoint', '--image-path', world.path()]
  assert.match(refused(...at, '--manage-cgroups-mode', 'x', runs), /--manage-cgroups-mode 'x': is none/)
  assert.match(refused(...at, '--parent-path', '/x', runs), /--parent-path '\/x': has to be relative/)
  assert.match(refused(...at, '--parent-path', 'x', runs), /--parent-path 'x': is no directory/)
  // no file can be executed that /dev/null covers, and in no other place is one looked for
  const [node, found] = [process.execPath, which('criu')]
  const hide = found === null ? '' : `mount --bind /dev/null ${fs.realpathSync(found)} && `
  const script = `${hide}exec ${node} ${miniRunc} --root ${runtime.root} checkpoint --image-path ${world.path()} ${runs}`
  const alone = spawnSync('unshare', ['-m', 'sh', '-c', script], { encoding: 'utf8' })
  assert.is(alone.status, 1)
  assert.match(alone.stderr, /^mini-runc: program 'criu': is not on this machine: .* \(apt install criu\)\n$/)
  end(runs)
})

function images(): string {
  const place = world.path()
  fs.mkdirSync(place)
  fs.writeFileSync(`${place}/descriptors.json`, '["/dev/null","pipe:[1]","pipe:[2]"]')
  return place
}

here('restore makes a container that lives where its cgroup is, with hooks and pid files', async () => {
  const told = world.path()
  const criu = fakeCriu(
    world,
    "const pid = sleeper(); if (tell('setup-namespaces', pid) && tell('post-restore', pid)) last(true, pid)",
  )
  const bundle = withoutNetwork(['sleep', '100'])
  const config = JSON.parse(fs.readFileSync(`${bundle}/config.json`, 'utf8'))
  config.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', `cat >${told}`] }] }
  config.linux.resources = { ...config.linux.resources, pids: { limit: 77 } }
  fs.writeFileSync(`${bundle}/config.json`, JSON.stringify(config))
  const id = runtime.newId()
  const pidFile = world.path()
  const args = ['restore', '-d', '-b', bundle, '--image-path', images(), '--pid-file', pidFile, '--no-subreaper', id]
  const { code, stderr } = runtime.run(args, { ...criu, output: world.path() })
  assert.equal([code, stderr], [0, ''])
  const { status, pid } = runtime.state(id)
  assert.equal([status, pid], ['running', Number(fs.readFileSync(pidFile, 'utf8'))])
  const state = JSON.parse(fs.readFileSync(told, 'utf8'))
  assert.equal([state.id, state.pid, state.status], [id, pid, 'created'])
  // it was born by criu, which had joined
  assert.match(fs.readFileSync(`/proc/${pid}/cgroup`, 'utf8'), new RegExp(`/mini-docker/${id}$`, 'm'))
  assert.ok(JSON.parse(runtime.run(['ps', '-f', 'json', id]).stdout).includes(pid))
  const { data } = JSON.parse(runtime.run(['events', '--stats', id]).stdout)
  assert.is(data.pids.limit, 77)
  assert.equal([criu.asked().type, criu.asked().opts.notify_scripts], [2, 1])
  const again = runtime.run(args, criu)
  assert.equal([again.code, line(again)], [1, `mini-runc: container '${id}': already exists (mini-runc list)`])
  end(id)
  await until('it has ended', () => !fs.existsSync(`/proc/${pid}/exe`))
})

here('nothing is left of a restore that fails, wherever it does', async () => {
  const bundle = withoutNetwork(['sleep', '100'])
  const failed = (criu: FakeCriu, ...more: string[]): string => {
    const id = runtime.newId()
    const said = runtime.run(['restore', '-d', '-b', bundle, '--image-path', images(), ...more, id], criu)
    assert.equal([said.code, runtime.state(id)], [1, null], said.stderr)
    return line(said)
  }
  const revive = "const pid = sleeper(); tell('post-restore', pid);"
  assert.match(
    failed(fakeCriu(world, `${revive} log('Error (a:1): late'); last(false, pid)`)),
    /: late \(a:1\) \(log: /,
  )
  assert.match(failed(fakeCriu(world, revive)), /^mini-runc: criu restore of '\w+': failed$/)
  assert.match(failed(fakeCriu(world, `${revive} last(true, pid)`), '--pid-file', '/nowhere/pid'), /\/nowhere\/pid/)
  const config = JSON.parse(fs.readFileSync(`${bundle}/config.json`, 'utf8'))
  config.hooks = { createRuntime: [{ path: '/bin/false' }] }
  fs.writeFileSync(`${bundle}/config.json`, JSON.stringify(config))
  const listening =
    "const pid = sleeper(); if (tell('setup-namespaces', pid)) tell('post-restore', pid); process.kill(pid); last(false)"
  assert.match(failed(fakeCriu(world, listening)), /createRuntime hook 0 '\/bin\/false': exit code 1/)
  const nowhere = runtime.run(
    ['restore', '-b', bundle, '--image-path', world.path(), runtime.newId()],
    fakeCriu(world, ''),
  )
  assert.match(line(nowhere), /--image-path '.*': ENOENT: no descriptors\.json/)
  assert.equal(JSON.parse(runtime.run(['list', '-f', 'json']).stdout), [])
  assert.equal(await leftovers(world), [])
})

test.run()
