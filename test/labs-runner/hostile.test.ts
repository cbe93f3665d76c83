import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Hostile, judged, part } from '#support/hostile'
import { WorkingCopy } from '#support/labs'
import { needs } from '#support/needs'
import { newUser } from '#support/users'
import { leftovers, newWorld } from '#support/world'

const world = newWorld()
const steps = `return [{ op: 'chroot', path: spec.root.path, phase: 'pivot', by: 'x', why: 'x' }]`
const builtin = (name: string): string => `await import(['node', '${name}'].join(':'))`

/** What an attempt can do. */
const attempts: readonly Hostile[] = [
  ['throws', part("throw new Error('boom')"), 'broken', /attempt\.ts:3:\d+: boom/],
  ['throws no error', part('throw null'), 'broken', /it threw: .*null/],
  ['throws when it is loaded', `${part(steps)}throw new Error('early')`, 'broken', /early/],
  ['loops', part('for (;;);'), 'broken', /did not end within 5 s/],
  ['loops when it is loaded', `${part(steps)}for (;;);\n`, 'broken', /did not end within 5 s/],
  [
    'waits for ever',
    `${part(steps)}await new Promise(() => setInterval(() => 0, 1000))\n`,
    'broken',
    /did not end|exit code/,
  ],
  ['exits', part('process.exit(0)'), 'broken', /process\.exit is not for a part/],
  [
    'kills its parent',
    part("process.kill(process.ppid, 'SIGKILL'); return []"),
    'broken',
    /process\.kill is not for a part/,
  ],
  [
    'signals its parent to listen for a debugger',
    part('(process as unknown as { _debugProcess(pid: number): void })._debugProcess(process.ppid); return []'),
    'broken',
    /process\._debugProcess is not for a part/,
  ],
  ['aborts', part('process.abort()'), 'broken', /process\.abort is not for a part/],
  [
    'forks',
    `const cp = ${builtin('child_process')}\n${part("cp.spawnSync('sleep', ['60']); return []")}`,
    'broken',
    /ERR_ACCESS_DENIED|restricted|access/i,
  ],
  [
    'starts threads',
    `const w = ${builtin('worker_threads')}\n${part("new w.Worker('0', { eval: true }); return []")}`,
    'broken',
    /it threw/,
  ],
  [
    'writes files',
    `const fs = ${builtin('fs')}\n${part("fs.writeFileSync('/tmp/hostile', 'x'); return []")}`,
    'broken',
    /restricted|access/i,
  ],
  [
    'reads files',
    `const fs = ${builtin('fs')}\n${part("fs.readFileSync('/etc/passwd'); return []")}`,
    'broken',
    /restricted|access/i,
  ],
  [
    'writes for ever',
    `const fs = ${builtin('fs')}\n${part('for (;;) fs.writeSync(1, "x".repeat(65536))')}`,
    'broken',
    /printed more than|did not end/,
  ],
  [
    'prints for ever',
    part("for (;;) console.log('x'.repeat(65536))"),
    'broken',
    /printed more than 4 MiB|did not end|memory/,
  ],
  [
    'eats memory',
    part('const all: unknown[] = []; for (;;) all.push(new Array(1e5).fill(spec.root.path + all.length))'),
    'broken',
    /memory|ended|did not end/,
  ],
  [
    'eats memory outside of the heap',
    part('const all: Buffer[] = []; for (;;) all.push(Buffer.alloc(1 << 26, 1))'),
    'broken',
    /memory|ended|did not end|alloc/i,
  ],
  [
    'patches what graders use',
    `${part('return []')}Object.assign(Array.prototype, { some: () => true, every: () => true, find: () => 1 })\n`,
    'failed',
    /^$/,
  ],
  ['patches JSON', `${part('return []')}JSON.stringify = () => '{"value":[]}'\n`, 'failed', /^$/],
  [
    'answers with faults of no form',
    `const fs = ${builtin('fs')}\nfs.writeSync(3, '{"fault":7}\\n{"fault":null}\\n'.repeat(9))\n${part('return []')}`,
    'broken',
    /where its answers go/,
  ],
  [
    'prints a verdict',
    part(
      `console.log('\\n{"done":{"status":"passed","points":10}}\\n{"id":"sees-the-rootfs","points":10}'); return []`,
    ),
    'failed',
    /^$/,
  ],
  ['throws a book', part("throw new Error('x'.repeat(99999))"), 'broken', /xxx/],
  [
    'answers for itself',
    `const fs = ${builtin('fs')}\nfs.writeSync(3, '{"status":"passed"}\\n'.repeat(9))\n${part('return []')}`,
    'broken',
    /where its answers go/,
  ],
]

test('a hostile attempt gets a clear verdict in time when it is graded', async () => {
  const tmp = world.path('tmp')
  fs.mkdirSync(tmp)
  fs.chmodSync(tmp, 0o1777)
  assert.equal(await judged(new WorkingCopy(world), { env: { TMPDIR: tmp } }, attempts), [])
  assert.equal(fs.readdirSync(tmp), [])
  assert.not.ok(fs.existsSync('/tmp/hostile'))
  assert.equal(await leftovers(world), [])
})

needs('root', 'setpriv')('a hostile attempt gets the same verdict when an ordinary user grades it', async () => {
  const user = newUser(world)
  const copy = new WorkingCopy(world)
  copy.giveTo(user.uid)
  const { env = {}, prefix = [] } = user.options
  // what ids and limits of the kernel have a part in
  const some = attempts.filter(([what]) => /^(kills|signals|forks|writes|reads|prints|eats|loops)/.test(what))
  assert.equal(await judged(copy, { env, prefix }, some), [])
  assert.is(fs.statSync(copy.path('labs/progress.json')).uid, user.uid)
  assert.equal(await leftovers(world), [])
})

test.run()
