/** mini-runc run, spec, features, events: what a person types, in the foreground and with a terminal. */

import { execFileSync, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readSpec } from '#core/spec/parse'
import { hookKinds } from '#core/spec/runtime'
import { makeBundle, miniRunc, Runtime } from '#support/bundle'
import { needs } from '#support/needs'
import { newWorld, nonce, until } from '#support/world'

const world = newWorld()
const runtime = new Runtime(world)
const here = needs('root', 'native')

here('run gives the program our streams and us its exit code, and leaves nothing', () => {
  const word = nonce()
  const bundle = makeBundle(world, ['sh', '-c', 'read line; echo $line; echo err >&2; exit 7'])
  const id = runtime.newId()
  assert.equal(runtime.run(['run', '-b', bundle, id], { input: `${word}\n` }), {
    code: 7,
    stdout: `${word}\n`,
    stderr: 'err\n',
  })
  assert.is(runtime.state(id), null)
  assert.is(runtime.run(['run', '--keep', '-b', bundle, id], { input: '\n' }).code, 7)
  assert.is(runtime.state(id).status, 'stopped')
  const again = runtime.run(['run', '-b', bundle, id])
  assert.equal([again.code, /already/.test(again.stderr)], [1, true], again.stderr)
  assert.is(runtime.run(['delete', id]).code, 0)
})

here('run --detach leaves it running and its end to whoever takes in orphans', async () => {
  const id = runtime.newId()
  const pidFile = world.path()
  const bundle = makeBundle(world, ['sleep', '100'])
  assert.is(runtime.run(['run', '-d', '--pid-file', pidFile, '-b', bundle, id], { output: world.path() }).code, 0)
  const state = runtime.state(id)
  assert.equal([state.status, state.pid], ['running', Number(fs.readFileSync(pidFile, 'utf8'))])
  const { data } = JSON.parse(runtime.run(['events', '--stats', id]).stdout)
  assert.ok(data.cpu.usage.total > 0 && data.memory.usage.usage > 0, JSON.stringify(data))
  assert.is(data.pids.current, 1)
  assert.equal(JSON.parse(runtime.run(['ps', '-f', 'json', id]).stdout), [state.pid])
  assert.is(runtime.run(['kill', '-a', id, '9']).code, 0)
  await until('it has ended', () => runtime.state(id).status === 'stopped')
  assert.is(runtime.run(['delete', id]).code, 0)
})

here('a container that cannot be started is not left behind', () => {
  const id = runtime.newId()
  const hooks = { startContainer: [{ path: '/bin/false' }] }
  const bundle = makeBundle(world, ['true'], spec => ({ ...spec, hooks }))
  assert.match(runtime.run(['run', '-b', bundle, id]).stderr, /startContainer hook 0/)
  assert.is(runtime.state(id), null)
})

here('its terminal is shown in ours, and that of exec', () => {
  const id = runtime.newId()
  const terminal = makeBundle(world, ['sh', '-c', 'tty; stty size; exit 3'], spec => ({
    ...spec,
    process: { ...spec.process, terminal: true },
  }))
  const command = `stty rows 31 cols 97; ${process.execPath} ${miniRunc} --root ${runtime.root} run -b ${terminal} ${id}`
  const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', timeout: 30_000 })
  // its own stdin is empty: script types that, too, and it may be shown before we are there
  const shown = (text: string): string[] => text.replace('^@', '').split('\r\n')
  assert.equal([shown(stdout).slice(0, 2), status], [['/dev/pts/0', '31 97'], 3])
  const bundle = makeBundle(world, ['sleep', '100'])
  assert.is(runtime.run(['run', '-d', '-b', bundle, id], { output: world.path() }).code, 0)
  const execing = `${process.execPath} ${miniRunc} --root ${runtime.root} exec -t ${id} sh -c 'tty; exit 4'`
  const exec = spawnSync('script', ['-qec', execing, '/dev/null'], { encoding: 'utf8', timeout: 30_000 })
  assert.equal([shown(exec.stdout)[0], exec.status], ['/dev/pts/0', 4])
  runtime.run(['delete', '-f', id])
})

here('exec is as the container is where nothing else is said', () => {
  const id = runtime.newId()
  const bundle = makeBundle(world, ['sleep', '100'], spec => ({
    ...spec,
    process: {
      ...spec.process,
      user: { uid: 1000, gid: 1000, additionalGids: [44] },
      scheduler: { policy: 'SCHED_BATCH', nice: 7 },
    },
    linux: { ...spec.linux, personality: { domain: 'LINUX32' } },
  }))
  assert.is(runtime.run(['run', '-d', '-b', bundle, id], { output: world.path() }).code, 0)
  const said = (...args: readonly string[]): string => runtime.run(['exec', ...args]).stdout.trim()
  const who = 'id -u; id -g; id -G'
  assert.is(said(id, 'sh', '-c', who), '1000\n1000\n1000 44')
  assert.is(said('-u', '1001', id, 'sh', '-c', who), '1001\n1000\n1000 44')
  assert.is(said('-u', '1001:5', id, 'sh', '-c', 'id -u; id -g'), '1001\n5')
  const named = runtime.run(['exec', '-u', 'alice', id, 'id'])
  assert.equal([named.code, named.stdout], [255, ''])
  assert.match(named.stderr, /--user 'alice': is no UID\[:GID\]/)
  assert.match(runtime.run(['exec', id]).stderr, /command: is missing/)
  if (fs.existsSync('/proc/keys')) assert.match(said(id, 'cat', '/proc/keys'), new RegExp(`_ses\\.${id}`))
  const stat = said(id, 'cat', '/proc/self/stat')
  assert.is(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38], '3', 'SCHED_BATCH')
  assert.is(runtime.run(['exec', '--detach=false', id, 'sh', '-c', 'exit 5']).code, 5)
  assert.is(runtime.run(['pause', id]).code, 0)
  assert.is(runtime.run(['update', '-r', '-', id], { input: '{"pids":{"limit":30}}' }).code, 0)
  assert.is(JSON.parse(runtime.run(['events', '--stats', id]).stdout).data.pids.limit, 30)
  runtime.run(['delete', '-f', id])
})

here('what is asked for twice is one, and numbers are whole', () => {
  const twice = ['CAP_SYS_PTRACE', 'CAP_SYS_PTRACE']
  const bundle = makeBundle(world, ['grep', 'CapEff', '/proc/self/status'], spec => ({
    ...spec,
    process: { ...spec.process, capabilities: { bounding: twice, effective: twice, permitted: twice } },
    linux: {
      ...spec.linux,
      seccomp: {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [
          { names: ['swapon'], action: 'SCMP_ACT_ERRNO', args: [{ index: 0, value: 0.5, op: 'SCMP_CMP_EQ' }] },
        ],
      },
    },
  }))
  const config = `${bundle}/config.json`
  fs.writeFileSync(config, fs.readFileSync(config, 'utf8').replace('0.5', '7777777777777777777'))
  const id = runtime.newId()
  const { stdout, stderr } = runtime.run(['run', '-b', bundle, id])
  assert.equal([stdout, stderr], ['CapEff:\t0000000000080000\n', ''])
})

here('a path is not masked in vain where there is no /dev/null', () => {
  const bundle = makeBundle(world, ['true'], spec => ({
    ...spec,
    mounts: [
      ...spec.mounts!.filter(({ destination }) => !destination.startsWith('/dev')),
      { destination: '/dev', source: world.directoryOf({}), options: ['rbind'] },
    ],
    linux: { ...spec.linux, maskedPaths: ['/proc/version'] },
  }))
  const { code, stderr } = runtime.run(['run', '-b', bundle, runtime.newId()])
  assert.is(code, 1)
  assert.match(stderr, /\/proc\/version.*ENODEV/)
})

here('labels that nobody here applies are told of', () => {
  const bundle = makeBundle(world, ['true'], spec => ({
    ...spec,
    process: { ...spec.process, apparmorProfile: 'strict' } as typeof spec.process,
  }))
  const { code, stderr } = runtime.run(['run', '-b', bundle, runtime.newId()])
  assert.equal([code, stderr], [0, 'mini-runc: not applied: process.apparmorProfile\n'])
})

here('words that are none are refused', () => {
  for (const [args, why] of [
    [['nonsuch'], /command 'nonsuch': is unknown/],
    [['list', '-f', 'yaml'], /--format 'yaml': is none/],
    [['list', '--quiet=perhaps'], /is on or off/],
  ] as const) {
    const { code, stdout, stderr } = runtime.run(args)
    assert.equal([code, stdout], [1, ''])
    assert.match(stderr, why)
  }
})

here('a bind is made though data of a file system stands with it', () => {
  const source = world.directoryOf({ word: nonce() })
  const options = ['rbind', 'ro', 'mode=755', 'size=1k']
  const bundle = makeBundle(world, ['cat', '/mnt/word'], spec => ({
    ...spec,
    mounts: [...(spec.mounts ?? []), { destination: '/mnt', source, options }],
  }))
  assert.equal(runtime.run(['run', '-b', bundle, runtime.newId()]), {
    code: 0,
    stdout: fs.readFileSync(`${source}/word`, 'utf8'),
    stderr: '',
  })
})

here('a bundle that spec has written runs', () => {
  const bundle = world.path()
  fs.mkdirSync(bundle)
  assert.is(runtime.run(['spec', '-b', bundle]).code, 0)
  const file = `${bundle}/config.json`
  assert.match(runtime.run(['spec', '-b', bundle]).stderr, /config.json': EEXIST \(remove it first\)/)
  const spec = readSpec(fs.readFileSync(file, 'utf8'))
  const process = { ...spec.process, terminal: false, args: ['sh', '-c', 'hostname; echo x >/file; ls -l /proc/keys'] }
  fs.writeFileSync(file, JSON.stringify({ ...spec, process }))
  fs.symlinkSync(world.rootfs, `${bundle}/rootfs`)
  const { stdout, stderr } = runtime.run(['run', '-b', bundle, runtime.newId()])
  assert.match(stdout, /^mini-runc\n/)
  assert.match(stdout, /1, +3/, `/proc/keys is /dev/null: ${stdout}${stderr}`)
  assert.match(stderr, /Read-only file system/)
})

here('settings of the kernel are those of its own namespaces, and others are refused', () => {
  const withSysctl = (sysctl: Record<string, string>): string =>
    makeBundle(world, ['cat', '/proc/sys/net/ipv4/ip_unprivileged_port_start', '/proc/sys/kernel/shmmni'], spec => ({
      ...spec,
      linux: { ...spec.linux, sysctl },
    }))
  const own = ['/proc/sys/net/ipv4/ip_unprivileged_port_start', '/proc/sys/kernel/shmmni']
  const before = own.map(file => fs.readFileSync(file, 'utf8'))
  const bundle = withSysctl({ 'net.ipv4.ip_unprivileged_port_start': '7', 'kernel.shmmni': '123' })
  assert.equal(runtime.run(['run', '-b', bundle, runtime.newId()]).stdout, '7\n123\n')
  assert.equal(
    own.map(file => fs.readFileSync(file, 'utf8')),
    before,
  )
  for (const key of ['kernel.hostname', 'vm.swappiness', 'net/../kernel/core_pattern']) {
    const { code, stderr } = runtime.run(['run', '-b', withSysctl({ [key]: '1' }), runtime.newId()])
    assert.is(code, 1)
    assert.match(stderr, /linux.sysctl: '.*': is a setting of the whole machine/)
  }
})

here(
  'a working directory that a link of /proc leads to is refused when it is not in the container (CVE-2024-21626)',
  () => {
    const inside: number[] = []
    for (let fd = 3; fd < 12; fd++) {
      const bundle = makeBundle(world, ['cat', 'etc/hostname', 'state.json'], spec => ({
        ...spec,
        process: { ...spec.process, cwd: `/proc/self/fd/${fd}` },
      }))
      const { code, stdout, stderr } = runtime.run(['run', '-b', bundle, runtime.newId()])
      assert.not.match(stdout, /ociVersion/, `${fd}: a file of the host`)
      if (!/EXDEV|ENOENT|ENOTDIR/.test(stderr) || code === 0) inside.push(fd)
    }
    assert.ok(inside.length <= 1, `the root itself, at most: ${inside}`)
    const id = runtime.newId()
    assert.is(
      runtime.run(['run', '-d', '-b', makeBundle(world, ['sleep', '100']), id], { output: world.path() }).code,
      0,
    )
    for (let fd = 3; fd < 12; fd++) {
      const { code } = runtime.run(['exec', '--cwd', `/proc/self/fd/${fd}`, id, 'true'])
      assert.is.not(code, 0, String(fd))
    }
    assert.is(runtime.run(['exec', '--cwd', '/etc', id, 'pwd']).stdout, '/etc\n')
    runtime.run(['delete', '-f', id])
  },
)

here('devices of config.json are made with their mode and owner', () => {
  const devices = [
    { type: 'c', path: '/dev/my/null', major: 1, minor: 3, fileMode: 0o20640, uid: 5, gid: 6 },
    { type: 'b', path: '/dev/large', major: 259, minor: 70_000 },
    { type: 'p', path: '/dev/fifo', fileMode: 0o600 },
  ] as const
  const bundle = makeBundle(world, ['stat', '-c', '%F %a %u:%g %t,%T', ...devices.map(({ path }) => path)], spec => ({
    ...spec,
    linux: { ...spec.linux, devices },
  }))
  assert.equal(runtime.run(['run', '-b', bundle, runtime.newId()]).stdout.trim().split('\n'), [
    'character special file 640 5:6 1,3',
    'block special file 666 0:0 103,11170',
    'fifo 600 0:0 0,0',
  ])
})

here('a process is scheduled as config.json says, sees that Linux, and has no keys of ours', () => {
  const script = 'read line </proc/self/stat; echo "$line"; uname -m; cat /proc/keys'
  const id = runtime.newId()
  const bundle = makeBundle(world, ['sh', '-c', script], spec => ({
    ...spec,
    process: {
      ...spec.process,
      scheduler: { policy: 'SCHED_BATCH', nice: 7 },
      ioPriority: { class: 'IOPRIO_CLASS_IDLE', priority: 0 },
    },
    linux: { ...spec.linux, personality: { domain: 'LINUX32' } },
  }))
  const { stdout, stderr } = runtime.run(['run', '-b', bundle, id])
  assert.is(stderr, '')
  const [stat, machine, ...keys] = stdout.trim().split('\n')
  const fields = stat!.slice(stat!.lastIndexOf(')') + 2).split(' ')
  assert.equal([fields[16], fields[38]], ['7', '3'], 'nice, and SCHED_BATCH: proc_pid_stat(5)')
  assert.match(machine!, /^i.86$|^armv/)
  const hasKeys = fs.existsSync('/proc/keys')
  assert.ok(!hasKeys || keys.some(line => line.includes(`_ses.${id}`)), keys.join('\n'))
})

here('the root hears of the host, and the host of it, as rootfsPropagation says', () => {
  const rootfs = world.path()
  fs.mkdirSync(rootfs)
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', rootfs])
  try {
    execFileSync('mount', ['--make-shared', rootfs]) // else there is nothing to hear
    execFileSync('cp', ['-a', `${world.rootfs}/.`, rootfs])
    for (const [word, hears, isHeard] of [
      ['rslave', true, false],
      ['rshared', true, true],
      ['rprivate', false, false],
      [undefined, false, false],
    ] as const) {
      const bundle = makeBundle(world, ['cat', '/proc/self/mountinfo'], spec => ({
        ...spec,
        root: { path: rootfs },
        linux: { ...spec.linux, ...(word === undefined ? {} : { rootfsPropagation: word }) },
      }))
      const { stdout, stderr } = runtime.run(['run', '-b', bundle, runtime.newId()])
      assert.is(stderr, '')
      const root = stdout.split('\n').find(line => line.split(' ')[4] === '/')!
      assert.equal([/ master:/.test(root), / shared:/.test(root)], [hears, isHeard], `${word}: ${root}`)
    }
  } finally {
    execFileSync('umount', [rootfs])
  }
})

test('features names the hooks, the capabilities and what filters can do', () => {
  const { code, stdout } = runtime.run(['features'])
  assert.is(code, 0)
  const { hooks, linux, mountOptions, annotations } = JSON.parse(stdout)
  assert.is(annotations['org.opencontainers.runc.checkpoint.enabled'], 'true')
  assert.equal(hooks, hookKinds)
  assert.ok(linux.capabilities.includes('CAP_SYS_ADMIN') && linux.seccomp.archs.includes('SCMP_ARCH_X86_64'))
  for (const word of ['bind', 'rro', 'rslave', 'noatime']) assert.ok(mountOptions.includes(word), word)
})

here('a tmpfs with tmpcopyup begins with what the image has there, and the image keeps its own', () => {
  const rootfs = world.copyRootfs()
  const inRoot = (script: string): string => execFileSync('sh', ['-ec', script], { cwd: rootfs, encoding: 'utf8' })
  inRoot(
    'mkdir -p t/deep; echo file >t/deep/f; ln -s /etc/passwd t/link; mkfifo -m 640 t/pipe; chown 5:6 t t/deep/f; chmod 4711 t/deep/f; chmod 2750 t',
  )
  const look =
    'cd /t; for f in . deep deep/f link pipe; do stat -c "%n %F %a %u %g" $f; done; cat deep/f; readlink link'
  const script = `${look}; grep " /t " /proc/self/mountinfo | cut -d " " -f 6; touch new; echo changed >deep/f; touch /r/x`
  const bundle = makeBundle(world, ['sh', '-c', script], spec => ({
    ...spec,
    root: { path: rootfs },
    mounts: [
      ...(spec.mounts ?? []),
      { destination: '/t', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'tmpcopyup'] },
      { destination: '/r', type: 'tmpfs', source: 'tmpfs', options: ['ro', 'tmpcopyup', 'mode=711'] },
    ],
  }))
  const { stdout, stderr } = runtime.run(['run', '-b', bundle, runtime.newId()])
  const lines = [
    ...['. directory 2750 5 6', 'deep directory 755 0 0', 'deep/f regular file 4711 5 6', 'link symbolic link 777 0 0'],
    ...['pipe fifo 640 0 0', 'file', '/etc/passwd', 'rw,nosuid,relatime', ''],
  ]
  assert.is(stdout, lines.join('\n'), stderr)
  assert.match(stderr, /\/r\/x: Read-only file system/)
  assert.is(inRoot('cat t/deep/f; ls t'), 'file\ndeep\nlink\npipe\n')
})

here('a container whose cgroupsPath is empty has the same cgroups as one that gives none', () => {
  const id = runtime.newId()
  const bundle = makeBundle(world, ['sleep', '100'], spec => ({ ...spec, linux: { ...spec.linux, cgroupsPath: '' } }))
  assert.equal(runtime.run(['create', '-b', bundle, id], { output: world.path() }).code, 0)
  const cgroups = fs.readFileSync(`/proc/${runtime.state(id).pid}/cgroup`, 'utf8')
  assert.match(cgroups, new RegExp(`:pids:.*/mini-docker/${id}$|^0::.*/mini-docker/${id}$`, 'm'))
  assert.is(runtime.run(['delete', '-f', id]).code, 0)
})

here('cgroups by systemd are refused in one line', () => {
  const { code, stderr } = runtime.run(['--systemd-cgroup', 'run', '-b', makeBundle(world, ['true']), runtime.newId()])
  assert.is(code, 1)
  assert.match(stderr, /^mini-runc: --systemd-cgroup: (systemd does not run here|is not supported) \(.*cgroupfs\)\n$/)
})

here('containers of a user namespace’s root are kept below XDG_RUNTIME_DIR: /run is not his', () => {
  const own = world.path()
  fs.mkdirSync(own)
  const command = [process.execPath, miniRunc, 'run', '-b', makeBundle(world, ['true']), runtime.newId()]
  const env = { ...process.env, XDG_RUNTIME_DIR: own }
  // whether it may have its cgroups is another matter
  spawnSync('unshare', ['--user', '--map-root-user', '--mount', ...command], { env, timeout: 30_000 })
  assert.ok(fs.existsSync(`${own}/mini-runc/containers`))
})

test.run()
