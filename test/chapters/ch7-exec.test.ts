/** mini-runc exec: what its options make of the process, as the kernel has it; and --version. */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Spec } from '#core/spec/runtime'
import { makeBundle, miniRunc, Runtime, type Said } from '#support/bundle'
import { cgroupsOf } from '#support/cgroups'
import { needs } from '#support/needs'
import { readSource } from '#support/repository'
import { newWorld, nonce, until } from '#support/world'

const world = newWorld()
const runtime = new Runtime(world)
const here = needs('root', 'native')
const onTwo = needs('root', 'native', 'two processors', 'controller cpuset')

/** A container that sleeps. @returns its ID */
function sleeping(change: (spec: Spec) => Spec = spec => spec): string {
  const id = runtime.newId()
  const bundle = makeBundle(world, ['sleep', '100'], change)
  const { code, stderr } = runtime.run(['run', '-d', '-b', bundle, id], { output: world.path() })
  assert.is(code, 0, stderr)
  return id
}
const statusOf = (args: readonly string[]): Map<string, string> => {
  const { code, stdout, stderr } = runtime.run(['exec', ...args, 'cat', '/proc/self/status'])
  assert.equal([code, stderr], [0, ''])
  return new Map(stdout.split('\n').map(line => line.split(/:\s*/) as [string, string]))
}
const bit = (number: number): bigint => 1n << BigInt(number)
/** linux/capability.h */
const [CHOWN, KILL, PTRACE] = [0, 5, 19]

here('exec --cap adds to the capabilities of the container, and to its bounding set', () => {
  const names = ['CAP_CHOWN', 'CAP_KILL']
  const sets = { bounding: names, effective: names, permitted: names }
  const id = sleeping(spec => ({ ...spec, process: { ...spec.process, capabilities: sets } }))
  const own = statusOf([id])
  const more = statusOf(['--cap', 'CAP_SYS_PTRACE', '-c', 'CAP_KILL', id])
  for (const set of ['CapBnd', 'CapEff', 'CapPrm']) {
    assert.is(BigInt(`0x${own.get(set)}`), bit(CHOWN) | bit(KILL), set)
    assert.is(BigInt(`0x${more.get(set)}`), bit(CHOWN) | bit(KILL) | bit(PTRACE), set)
  }
  const unknown = runtime.run(['exec', '--cap', 'CAP_NONSUCH', id, 'true'])
  assert.is(unknown.code, 0)
  assert.match(unknown.stderr, /left out: CAP_NONSUCH\n$/)
  runtime.run(['delete', '-f', id])
})

here('exec --cap makes ambient what another user shall have where some are inheritable, as runc', () => {
  const [names, more] = [['CAP_KILL'], ['CAP_KILL', 'CAP_SYS_PTRACE']]
  const sets = { bounding: more, effective: names, permitted: names, inheritable: more }
  const id = sleeping(spec => ({ ...spec, process: { ...spec.process, capabilities: sets } }))
  assert.is(BigInt(`0x${statusOf(['-u', '1000', id]).get('CapEff')}`), 0n)
  assert.is(BigInt(`0x${statusOf(['-u', '1000', '-c', 'CAP_SYS_PTRACE', id]).get('CapEff')}`), bit(PTRACE))
  runtime.run(['delete', '-f', id])
})

here('exec --no-new-privs and --additional-gids are of that process alone', () => {
  const id = sleeping(spec => ({
    ...spec,
    process: { ...spec.process, user: { uid: 0, gid: 0, additionalGids: [44] } },
  }))
  const more = statusOf(['--no-new-privs', '-g', '20', '--additional-gids=4294967294', id])
  assert.equal([more.get('NoNewPrivs'), more.get('Groups')!.trim()], ['1', '20 44 4294967294'])
  const own = statusOf([id])
  assert.equal([own.get('NoNewPrivs'), own.get('Groups')!.trim()], ['0', '44'])
  for (const gid of ['-1', 'audio', '4294967295']) {
    const { code, stderr } = runtime.run(['exec', `--additional-gids=${gid}`, id, 'true'])
    assert.equal([code, stderr], [255, `mini-runc: --additional-gids '${gid}': is no GID\n`])
  }
  runtime.run(['delete', '-f', id])
})

here('labels that exec is given are told of as those of config.json, which are not told of again', () => {
  const id = runtime.newId()
  const bundle = makeBundle(world, ['sleep', '100'], spec => ({
    ...spec,
    process: { ...spec.process, apparmorProfile: 'strict' },
  }))
  runtime.run(['run', '-d', '-b', bundle, id], { output: world.path() })
  const warning = (args: readonly string[]): string => {
    const { code, stderr } = runtime.run(['exec', ...args])
    assert.is(code, 0)
    return stderr
  }
  assert.is(warning([id, 'true']), '')
  assert.is(warning(['--apparmor', 'strict', id, 'true']), 'mini-runc: not applied: process.apparmorProfile\n')
  const file = world.path()
  const process = { user: { uid: 0, gid: 0 }, args: ['true'], env: ['PATH=/bin'], cwd: '/', selinuxLabel: 'a:b:c' }
  fs.writeFileSync(file, JSON.stringify(process))
  for (const args of [
    ['--process-label', 'a:b:c', id, 'true'],
    ['-p', file, id],
  ])
    assert.is(warning(args), 'mini-runc: not applied: process.selinuxLabel\n')
  runtime.run(['delete', '-f', id])
})

here('exec --ignore-paused waits in a paused container until that goes on', async () => {
  const id = sleeping()
  const word = nonce()
  runtime.run(['pause', id])
  const refused = runtime.run(['exec', id, 'true'])
  assert.equal([refused.code, /is paused/.test(refused.stderr)], [255, true], refused.stderr)
  const command = [miniRunc, '--root', runtime.root, 'exec', '--ignore-paused', id, 'echo', word]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk
  })
  await sleep(700)
  assert.equal([child.exitCode, said], [null, ''])
  assert.is(runtime.run(['resume', id]).code, 0)
  await until('it has ended', () => child.exitCode !== null && said !== '')
  assert.equal([child.exitCode, said], [0, `${word}\n`])
  runtime.run(['delete', '-f', id])
})

here('exec --cgroup runs in a cgroup below that of the container, in each hierarchy or in one', () => {
  const id = sleeping()
  const own = cgroupsOf(runtime.state(id).pid).filter(({ directory }) => directory.endsWith(`/${id}`))
  assert.ok(own.length > 0)
  const isV2 = own.every(({ version }) => version === 2)
  for (const { version, controllers, directory } of own) {
    fs.mkdirSync(`${directory}/sub`)
    // nobody may be in one that has none
    for (const file of version === 1 && controllers.includes('cpuset') ? ['cpuset.cpus', 'cpuset.mems'] : [])
      fs.writeFileSync(`${directory}/sub/${file}`, fs.readFileSync(`${directory}/${file}`))
  }
  const at = (...args: readonly string[]): string[] => {
    const { code, stdout, stderr } = runtime.run(['exec', ...args, id, 'cat', '/proc/self/cgroup'])
    assert.is(code, 0, stderr)
    return stdout.split('\n').filter(line => line.endsWith('/sub'))
  }
  assert.equal(at(), [])
  assert.is(at('--cgroup', 'sub').length, own.length)
  if (!isV2) {
    assert.equal(
      at('--cgroup', 'pids,memory:sub')
        .map(line => line.split(':')[1])
        .sort(),
      ['memory', 'pids'],
    )
  }
  for (const [args, why] of [
    [['--cgroup', '../sub'], /leads out of the container's/],
    [['--cgroup', 'sub', '--cgroup', 'sub'], /is for all controllers/],
    [['--cgroup', 'nonsuch:sub'], /controller 'nonsuch': is in no cgroup/],
    [['--cgroup', 'not-there'], /ENOENT/],
    [['--cgroup', 'a:b:c'], /is no \[CONTROLLER/],
  ] as const) {
    const { code, stderr } = runtime.run(['exec', ...args, id, 'true'])
    assert.is(code, 255)
    assert.match(stderr, why)
  }
  assert.is(runtime.run(['delete', '-f', id]).code, 0)
})

onTwo('exec puts a process on other processors before it is in the cgroup and afterwards', () => {
  const at = (process: object): Said => {
    const file = world.path()
    const own = { user: { uid: 0, gid: 0 }, args: ['grep', 'Cpus_allowed_list', '/proc/self/status'], cwd: '/' }
    fs.writeFileSync(file, JSON.stringify({ ...own, env: ['PATH=/bin'], ...process }))
    return runtime.run(['exec', '-p', file, id])
  }
  const seen = (cpus: string): Said => ({ code: 0, stdout: `Cpus_allowed_list:\t${cpus}\n`, stderr: '' })
  // of the two there is one that the container has
  const id = sleeping(spec => ({ ...spec, linux: { ...spec.linux, resources: { cpu: { cpus: '0' } } } }))
  assert.equal(at({}), seen('0'))
  assert.equal(at({ execCPUAffinity: { initial: '1', final: '0' } }), seen('0'))
  assert.equal(at({ execCPUAffinity: { final: '0-1' } }), seen('0'))
  for (const [execCPUAffinity, why] of [
    [{ final: '1' }, /processors '1': EINVAL \(none of them is one on which it may run\)/],
    [{ initial: '8191' }, /processors '8191': EINVAL/],
    [{ initial: '1-0' }, /process.execCPUAffinity.initial: must be a list of numbers/],
    [{ final: '0,x' }, /process.execCPUAffinity.final: must be a list of numbers/],
  ] as const) {
    const { code, stderr } = at({ execCPUAffinity })
    assert.is(code, 255)
    assert.match(stderr, why)
  }
  runtime.run(['delete', '-f', id])
})

onTwo('exec is on the processors that config.json says for it, and init is not', () => {
  const id = sleeping(spec => ({ ...spec, process: { ...spec.process, execCPUAffinity: { final: '1' } } }))
  assert.is(statusOf([id]).get('Cpus_allowed_list'), '1')
  const init = fs.readFileSync(`/proc/${runtime.state(id).pid}/status`, 'utf8')
  assert.match(init, /^Cpus_allowed_list:\t0-/m)
  runtime.run(['delete', '-f', id])
})

here('exec that cannot be read exits with 1, and one that fails with 255: as runc', () => {
  const id = sleeping()
  const codeOf = (...args: readonly string[]): number => runtime.run(['exec', ...args]).code
  assert.equal([codeOf(), codeOf('--nonsuch', id, 'true'), codeOf('--user')], [1, 1, 1])
  assert.equal(
    [codeOf('nonsuch', 'true'), codeOf(id), codeOf('-p', '/nonsuch', id), codeOf(id, '/nonsuch')],
    [...[255, 255, 255, 255]],
  )
  assert.is(codeOf(id, 'sh', '-c', 'exit 9'), 9)
  runtime.run(['delete', '-f', id])
})

test('exec takes each option that runc 1.2 takes', () => {
  const { stdout } = runtime.run(['exec', '--help'])
  for (const option of [
    ...['--console-socket', '--cwd', '--env', '-e', '--tty', '-t', '--user', '-u', '--additional-gids', '-g'],
    ...['--process', '-p', '--detach', '-d', '--pid-file', '--process-label', '--apparmor', '--no-new-privs'],
    ...['--cap', '-c', '--preserve-fds', '--cgroup', '--ignore-paused'],
  ])
    assert.match(stdout, new RegExp(`(^|[ ,])${option}[ ,\n]`, 'm'), option)
})

test('--version says what it is in the form of runc', () => {
  const { version } = JSON.parse(readSource('package.json'))
  for (const option of ['--version', '-v']) {
    const { code, stdout } = runtime.run([option])
    assert.equal([code, stdout.split('\n').slice(0, 2)], [0, [`mini-runc version ${version}`, 'spec: 1.3.0']])
  }
})

test.run()
