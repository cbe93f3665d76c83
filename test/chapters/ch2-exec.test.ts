/** ch2 exec: a second process in a container that runs; and what names are good for. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findStage } from '#core/exec/native'
import { type Running, run, start } from '#support/cli'
import { factsOf } from '#support/inside'
import { needs } from '#support/needs'
import { descendant, initOf, namespaceOf, statusOf } from '#support/processes'
import { leftovers, newWorld, nonce, until } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')
const kinds = ['mnt', 'pid', 'uts', 'ipc', 'net', 'cgroup', 'time', 'user'] as const

/** Runs `body` beside a container of that name, and ends it. */
async function beside(
  name: string,
  flags: readonly string[],
  body: (init: number, cli: Running) => Promise<void>,
): Promise<void> {
  const cli = start(world, ['ch2', 'run', '--name', name, ...flags, 'sh', '-c', 'echo up; sleep 60; :'])
  try {
    await cli.says(/up/)
    await body(await initOf(world, name), cli)
  } finally {
    if (cli.child.exitCode === null) process.kill(await initOf(world, name), 'SIGKILL')
    await cli.done
  }
  assert.equal(await leftovers(world), [])
}

for (const flags of [
  [],
  ['--userns'],
  ['--init'],
  ['--no-pid'],
  ['--no-uts', '--net', 'host'],
  ['--no-mount'],
  ['--user', '1000'],
]) {
  asRoot(`exec is in the very namespaces of the container when that runs with '${flags.join(' ')}'`, async () => {
    await beside('target', flags, async init => {
      const checks = ['target', 'tar', String(init)].map(async who => {
        const { stdout, stderr } = await run(world, ['ch2', 'exec', who, 'inside', 'facts'])
        assert.ok(stdout.startsWith('{'), stderr)
        const { ns, fds, session, root } = JSON.parse(stdout)
        if (ns !== null)
          assert.equal(
            kinds.map(kind => ns[kind]),
            kinds.map(kind => namespaceOf(init, kind)),
            who,
          )
        assert.equal(
          fds.map(({ fd }: { fd: number }) => fd),
          [0, 1, 2],
        )
        assert.ok(session > 0)
        assert.is(root.ino, fs.statSync(`/proc/${init}/root/.`).ino)
      })
      await Promise.all(checks)
    })
  })
}

asRoot('exec has the environment of the container, and what is added, when variables are given', async () => {
  const word = nonce()
  await beside('enved', ['-e', `OF=${word}`, '-e', 'SAME=old', '--hostname', 'box'], async init => {
    const [byName, byPid] = await Promise.all([
      factsOf(world, ['ch2', 'exec', '-e', 'SAME=new', '-e', 'MORE=1', '-w', '/tmp', 'enved']),
      factsOf(world, ['ch2', 'exec', String(init)]),
    ])
    for (const variable of [`OF=${word}`, 'SAME=new', 'MORE=1', 'HOSTNAME=box'])
      assert.ok(byName.env.includes(variable), variable)
    assert.is(byName.cwd, '/tmp')
    assert.not.ok(byPid.env.includes(`OF=${word}`))
    assert.is(byPid.hostname, 'box')
  })
})

asRoot('exec gives back the code and takes stdin when asked, and starts nothing else in the container', async () => {
  await beside('coded', [], async init => {
    const exec = (...rest: string[]) => run(world, ['ch2', 'exec', ...rest], { input: 'given' })
    const [exit, silent, fed, missing, plain, killed] = await Promise.all([
      exec('coded', 'inside', 'exit', '42'),
      exec('coded', 'cat'),
      exec('-i', 'coded', 'cat'),
      exec('coded', '/no/such'),
      exec('coded', '/etc'),
      exec('coded', 'sh', '-c', 'kill -TERM $$'),
    ])
    assert.equal(
      [exit, silent, fed, missing, plain, killed].map(({ code }) => code),
      [42, 0, 0, 127, 126, 143],
    )
    assert.equal([silent.stdout, fed.stdout], ['', 'given'])
    const { stdout } = await exec('coded', 'sh', '-c', 'ls /proc | grep -c "^[0-9]"; :')
    assert.ok(Number(stdout) <= 5, stdout)
    assert.ok(fs.existsSync(`/proc/${init}`))
  })
})

asRoot('exec runs as the user that --user names when the container runs as another', async () => {
  await beside('usered', ['--userns'], async init => {
    const { uid, gid, groups } = await factsOf(world, ['ch2', 'exec', '--user', '1000:5', 'usered'])
    assert.equal([uid, gid, groups], [1000, 5, [5]])
    assert.is(statusOf(init, 'Uid')[0], fs.readFileSync(`/proc/${init}/uid_map`, 'utf8').trim().split(/\s+/)[1])
  })
})

asRoot('an exec ends with its CLI when that is killed, and the container goes on', async () => {
  await beside('outliving', [], async init => {
    const exec = start(world, ['ch2', 'exec', 'outliving', 'sleep', '62'])
    const inside = await descendant(exec.pid, 'sleep')
    exec.child.kill('SIGKILL')
    await exec.done
    await until('the program of exec is gone', () => !fs.existsSync(`/proc/${inside}`))
    assert.ok(fs.existsSync(`/proc/${init}`))
    assert.is((await run(world, ['ch2', 'exec', 'outliving', 'hostname'])).stdout, 'outliving\n')
  })
})

asRoot('an exec ends when its container does', async () => {
  const box = start(world, ['ch2', 'run', '--name', 'short', 'sh', '-c', 'echo up; sleep 60; :'])
  await box.says(/up/)
  const exec = start(world, ['ch2', 'exec', 'short', 'sh', '-c', 'echo in; sleep 60; :'])
  await exec.says(/in/)
  process.kill(await initOf(world, 'short'), 'SIGKILL')
  assert.equal([(await box.done).code, (await exec.done).code], [137, 137])
  assert.equal(await leftovers(world), [])
})

const oneLine = (stderr: string, said: RegExp): void => {
  assert.match(stderr, /^mini-docker: [^\n]+\n$/)
  assert.match(stderr, said)
}

/** Prints device and inode of every program that runs there, again and again. */
const watchPrograms = 'while :; do for exe in /proc/[0-9]*/exe; do stat -Lc %d:%i $exe; done; done 2>/dev/null'
/** The stage is held up for a moment where it is all inside and about to become the program. */
const heldUp = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=close_range:delay_exit=400000']

for (const flags of [[], ['--userns']]) {
  needs(
    'root',
    'native',
    'strace',
  )(`nobody inside gets hold of the stage's file when exec joins '${flags}'`, async () => {
    const cli = start(world, ['ch2', 'run', '--name', 'watchful', ...flags, 'sh', '-c', watchPrograms])
    try {
      await cli.says(/\d+:\d+/)
      const { code, stderr } = await run(world, ['ch2', 'exec', 'watchful', 'true'], { prefix: heldUp })
      assert.is(code, 0, stderr)
      const seen = new Set(cli.stdout().split('\n'))
      const { dev, ino } = fs.statSync(findStage()!)
      assert.not.ok(seen.has(`${dev}:${ino}`), [...seen].join())
    } finally {
      process.kill(await initOf(world, 'watchful'), 'SIGKILL')
      await cli.done
    }
    assert.equal(await leftovers(world), [])
  })
}

asRoot('exec says what is wrong when there is no such container or no command', async () => {
  const expected: readonly (readonly [args: string[], said: RegExp])[] = [
    [['nobody', 'true'], /container 'nobody': there is none of that name/],
    [['999999999', 'true'], /process 999999999: does not exist/],
    [['../../etc', 'true'], /container '\.\.\/\.\.\/etc': there is none/],
    [[], /ch2 exec: needs a container/],
    [['somebody'], /ch2 exec: needs a command/],
    [['--rootfs', '/', 'x', 'true'], /flag '--rootfs': is unknown/],
  ]
  const checks = expected.map(async ([args, said]) => {
    const { code, stderr } = await run(world, ['ch2', 'exec', ...args])
    assert.is(code, 125)
    oneLine(stderr, said)
  })
  await Promise.all(checks)
})

asRoot('exec says how many when a beginning of a name is not enough', async () => {
  await beside('twin-one', [], async () => {
    await beside2('twin-two')
  })
  async function beside2(name: string): Promise<void> {
    const cli = start(world, ['ch2', 'run', '--name', name, 'sh', '-c', 'echo up; sleep 60; :'])
    await cli.says(/up/)
    const [many, one] = await Promise.all(['twin', 'twin-t'].map(who => run(world, ['ch2', 'exec', who, 'hostname'])))
    oneLine(many!.stderr, /container 'twin': 2 begin so/)
    assert.is(one!.stdout, 'twin-two\n')
    process.kill(await initOf(world, name), 'SIGKILL')
    await cli.done
  }
})

asRoot('exec finds a container when the beginning of its name is all digits and no pid', async () => {
  await beside('999999998x', [], async () => {
    assert.is((await run(world, ['ch2', 'exec', '999999998', 'hostname'])).stdout, '999999998x\n')
  })
})

asRoot('exec enters neither when a number is a pid and the beginning of a name', async () => {
  const pid = String(process.pid)
  await beside(`${pid}x`, [], async () => {
    const { code, stderr } = await run(world, ['ch2', 'exec', pid, 'true'])
    assert.is(code, 125)
    oneLine(stderr, new RegExp(`'${pid}': could be process ${pid} or container ${pid}x`))
  })
})

asRoot('a second container of the same name is refused and the first one goes on', async () => {
  await beside('taken', [], async init => {
    const [clash, other] = await Promise.all([
      run(world, ['ch2', 'run', '--name', 'taken', 'true']),
      run(world, ['ch2', 'run', '--name', 'takes', 'true']),
    ])
    assert.equal([clash.code, other.code], [125, 0])
    oneLine(clash.stderr, /container 'taken': the name is in use \(choose another --name\)/)
    assert.is((await run(world, ['ch2', 'exec', 'taken', 'hostname'])).stdout, 'taken\n')
    assert.ok(fs.existsSync(`/proc/${init}`))
  })
})

asRoot('one of many wins when all want the same name at once', async () => {
  const all = Array.from({ length: 6 }, () =>
    start(world, ['ch2', 'run', '--name', 'wanted', 'sh', '-c', 'echo won; sleep 1.5']),
  )
  const results = await Promise.all(all.map(cli => cli.done))
  assert.equal(results.map(({ code }) => code).sort(), [0, 125, 125, 125, 125, 125])
  assert.equal(results.filter(({ stdout }) => stdout === 'won\n').length, 1)
  assert.equal(await leftovers(world), [])
})

test.run()
