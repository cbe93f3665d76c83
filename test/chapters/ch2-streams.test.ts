/** ch2: stdin, stdout and stderr are the program's own, without anything of ours in between. */

import { createHash, randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run, start } from '#support/cli'
import { factsOf } from '#support/inside'
import { needs } from '#support/needs'
import { leftovers, newWorld, nonce } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')
const ch2 = ['ch2', 'run'] as const
const sha = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

asRoot('stdin is empty when -i is not given', async () => {
  const cli = start(world, [...ch2, 'cat'], { keepStdin: true })
  cli.child.stdin!.write('for nobody')
  const { code, stdout } = await cli.done
  assert.equal([code, stdout], [0, ''])
})

asRoot('5 MB come through a pipe both ways when -i is given', async () => {
  const input = randomBytes(5_000_000)
  for (const flags of [['-i'], ['-i', '--init'], ['-i', '--userns']]) {
    const { output, code } = await run(world, [...ch2, ...flags, 'cat'], { input })
    assert.equal([code, sha(output)], [0, sha(input)], flags.join(' '))
  }
})

asRoot('a file is stdin from where the caller stands when -i is given', async () => {
  const file = `${world.directoryOf({ lines: 'one\ntwo\nthree\n' })}/lines`
  const prefix = ['sh', '-c', `exec <${file}; read skipped; exec "$@"`, 'sh']
  assert.is((await run(world, [...ch2, '-i', 'cat'], { prefix })).stdout, 'two\nthree\n')
})

asRoot('50 MB of output arrive whole when the reader is slower', async () => {
  const { stdout } = await run(world, [...ch2, 'sh', '-c', 'head -c 50000000 /dev/zero'], {
    prefix: ['sh', '-c', '"$@" | (sleep 0.2; wc -c)', 'sh'],
  })
  assert.is(stdout.trim(), '50000000')
})

asRoot('stdout and stderr stay apart and nothing of ours is among them when a program writes to both', async () => {
  const { stdout, stderr } = await run(world, [...ch2, 'sh', '-c', 'echo out; echo err >&2; echo out'])
  assert.equal([stdout, stderr], ['out\nout\n', 'err\n'])
})

asRoot('a reader sees the end of stdout at once when the program ends and leaves others with it', async () => {
  const ends = [[], ['--no-pid'], ['--init']].map(async flags => {
    const cli = start(world, [...ch2, ...flags, 'sh', '-c', 'setsid sleep 61 & sleep 62 & echo last'])
    await cli.says(/last/)
    const before = Date.now()
    assert.is((await cli.done).code, 0)
    assert.ok(Date.now() - before < 30_000, flags.join(' ')) // what it left would sleep for a minute
  })
  await Promise.all(ends)
  assert.equal(await leftovers(world), [])
})

asRoot('a program is told by SIGPIPE when nobody reads its output', async () => {
  const { stdout } = await run(world, [...ch2, '--init', 'yes'], { prefix: ['sh', '-c', '"$@" | head -n 1', 'sh'] })
  assert.is(stdout, 'y\n')
  assert.equal(await leftovers(world), [])
})

asRoot('stdio is what the caller gave, and no other file is open, when files and pipes are mixed', async () => {
  const file = world.path()
  const prefix = ['sh', '-c', `exec 2>${file} 7</etc/passwd; exec "$@"`, 'sh']
  const { fds } = await factsOf(world, ch2, { prefix })
  assert.equal(
    fds.map(({ fd }) => fd),
    [0, 1, 2],
  )
  assert.equal(fds[0]!.target, '/dev/null')
  assert.match(fds[1]!.target!, /^(pipe|socket):/)
  fs.rmSync(file)
})

asRoot('closed stdio is /dev/null inside when the caller has none', async () => {
  const prefix = ['sh', '-c', 'exec <&- 2>&-; exec "$@"', 'sh']
  const { fds } = await factsOf(world, [...ch2, '-i'], { prefix })
  assert.equal(
    fds.map(({ fd }) => fd),
    [0, 1, 2],
  )
})

asRoot('the pipes of the caller are still blocking when a run is over', async () => {
  const script = '"$@"; cat /proc/self/fdinfo/1 | grep flags'
  const { stdout } = await run(world, [...ch2, 'true'], { prefix: ['sh', '-c', script, 'sh'] })
  const flags = Number.parseInt(/flags:\s*(\d+)/.exec(stdout)![1]!, 8)
  assert.is(flags & 0o4000, 0)
})

asRoot('twenty containers keep their outputs apart when they run at once', async () => {
  const words = Array.from({ length: 20 }, () => nonce())
  const results = await Promise.all(words.map(word => run(world, [...ch2, '-i', 'cat'], { input: word })))
  assert.equal(
    results.map(({ stdout }) => stdout),
    words,
  )
  assert.equal(await leftovers(world), [])
})

test.run()
