/** linux.seccomp in a container that runs: asked from inside, as root and not, with and without new privileges. */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultProfile } from '#chapters/ch7-oci/seccomp/default-profile'
import type { Seccomp, Spec } from '#core/spec/runtime'
import { probeFacts } from '#core/sys/probe'
import { makeBundle, Runtime } from '#support/bundle'
import { needs } from '#support/needs'
import { newWorld, nonce, until } from '#support/world'

const world = newWorld()
const runtime = new Runtime(world)
const here = needs('root', 'native')
const caps = ['CAP_CHOWN', 'CAP_KILL', 'CAP_SYS_ADMIN']

const restricted =
  (seccomp: Seccomp, uid: number, noNewPrivileges: boolean) =>
  (spec: Spec): Spec => ({
    ...spec,
    process: {
      ...spec.process,
      user: { uid, gid: uid },
      noNewPrivileges,
      capabilities: { bounding: caps, effective: caps, permitted: caps, inheritable: [], ambient: [] },
    },
    linux: { ...spec.linux, seccomp },
  })

/** mkdir(2) and mkdirat(2) say EXDEV, which no file system here would. */
const noMkdir: Seccomp = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 18 }],
}

here('a call that the filter refuses fails in the program and in what exec brings', async () => {
  for (const uid of [0, 1000]) {
    for (const noNewPrivileges of [true, false]) {
      const [id, output] = [runtime.newId(), world.path()]
      const script = 'grep Seccomp: /proc/self/status; mkdir /tmp/x; echo over; sleep 100'
      const bundle = makeBundle(world, ['sh', '-c', `${script}`], restricted(noMkdir, uid, noNewPrivileges))
      const created = runtime.run(['create', '-b', bundle, id], { output })
      assert.equal([created.code, created.stderr], [0, ''])
      assert.is(runtime.run(['start', id]).code, 0)
      await until('it is over', () => fs.readFileSync(output, 'utf8').includes('over'))
      assert.match(fs.readFileSync(output, 'utf8'), /Seccomp:\t2/, `uid ${uid}`)
      const { stdout, stderr } = runtime.run(['exec', id, 'sh', '-c', 'grep Seccomp: /proc/self/status; mkdir /tmp/y'])
      assert.is(stdout, 'Seccomp:\t2\n')
      assert.match(stderr, /[Cc]ross-device/)
      runtime.run(['delete', '-f', id])
    }
  }
})

here('an ordinary program runs under Docker’s profile, which refuses to unshare', async () => {
  for (const noNewPrivileges of [true, false]) {
    const [id, output, word] = [runtime.newId(), world.path(), nonce()]
    const profile = defaultProfile(['CAP_CHOWN'], probeFacts())
    const bundle = makeBundle(
      world,
      ['sh', '-c', `unshare -U true && echo may; ls / >/dev/null; echo ${word}`],
      restricted(profile, 0, noNewPrivileges),
    )
    const created = runtime.run(['create', '-b', bundle, id], { output })
    assert.equal([created.code, created.stderr], [0, ''])
    assert.is(runtime.run(['start', id]).code, 0)
    await until('it has ended', () => runtime.state(id).status === 'stopped')
    const said = fs.readFileSync(output, 'utf8')
    assert.is(said.split('\n').at(-2), word)
    assert.not.match(said, /may/)
    runtime.run(['delete', '-f', id])
  }
})

/** Written before Linux 5.8 and 5.9, with their calls not in its list. */
const old: Seccomp = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [
    { names: ['faccessat2'], action: 'SCMP_ACT_ERRNO' },
    { names: ['close_range'], action: 'SCMP_ACT_KILL_PROCESS' },
  ],
}

here('a program runs under a filter that is older than the calls that find it and close its fds', async () => {
  for (const noNewPrivileges of [true, false]) {
    const [id, output, word] = [runtime.newId(), world.path(), nonce()]
    const bundle = makeBundle(
      world,
      ['sh', '-c', `ls /proc/self/fd; echo ${word}`],
      restricted(old, 0, noNewPrivileges),
    )
    const created = runtime.run(['create', '-b', bundle, id], { output })
    assert.equal([created.code, created.stderr], [0, ''])
    assert.equal(runtime.run(['start', id]).stderr, '')
    await until('it has ended', () => runtime.state(id).status === 'stopped')
    // 3 is the directory that ls reads
    assert.is(fs.readFileSync(output, 'utf8'), `0\n1\n2\n3\n${word}\n`)
    runtime.run(['delete', '-f', id])
  }
})

/** Answers for mkdir with ENOTTY, and says what it was told. */
const answering = `
import array, fcntl, json, socket, struct, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen()
print('ready', flush=True)
connection, _ = listening.accept()
text, fds, _, _ = socket.recv_fds(connection, 65536, 4)
print(text.decode(), len(fds), flush=True)
request = bytearray(80)
fcntl.ioctl(fds[0], 0xc0502100, request) # SECCOMP_IOCTL_NOTIF_RECV
number, pid = struct.unpack_from('=QI', request)
fcntl.ioctl(fds[0], 0xc0182101, struct.pack('=QqiI', number, 0, -25, 0)) # SECCOMP_IOCTL_NOTIF_SEND
print('answered', flush=True)
`

here('who listens is sent the listener and answers for a call', async () => {
  for (const noNewPrivileges of [true, false]) {
    const [id, output, socket] = [runtime.newId(), world.path(), world.path()]
    const listener = spawn('python3', ['-c', answering, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    listener.stdout.setEncoding('utf8').on('data', text => {
      said += text
    })
    await until('somebody listens', () => said.includes('ready'))
    const profile: Seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      listenerPath: socket,
      listenerMetadata: 'of mine',
      syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }],
    }
    const bundle = makeBundle(world, ['sh', '-c', 'mkdir /tmp/x; echo over'], restricted(profile, 0, noNewPrivileges))
    const created = runtime.run(['create', '-b', bundle, id], { output })
    assert.equal([created.code, created.stderr], [0, ''])
    const { pid } = runtime.state(id)
    assert.is(runtime.run(['start', id]).code, 0)
    await until('it is over', () => fs.readFileSync(output, 'utf8').includes('over') && said.includes('answered'))
    const [, told] = said.split('\n')
    const { fds, metadata, state, ...rest } = JSON.parse(told!.slice(0, told!.lastIndexOf(' ')))
    assert.equal([fds, metadata, state.id, state.pid, rest.pid], [['seccompFd'], 'of mine', id, pid, pid])
    assert.match(said, /\} 1\nanswered\n/)
    runtime.run(['delete', '-f', id])
  }
})

here('a container is not created when nobody listens', () => {
  const profile: Seccomp = {
    defaultAction: 'SCMP_ACT_ALLOW',
    listenerPath: '/nonsuch/socket',
    syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }],
  }
  const id = runtime.newId()
  const { code, stderr } = runtime.run(['create', '-b', makeBundle(world, ['true'], restricted(profile, 0, true)), id])
  assert.is(code, 1)
  assert.match(stderr, /seccomp listener '\/nonsuch\/socket': ENOENT/)
  assert.is(runtime.state(id), null)
})

test.run()
