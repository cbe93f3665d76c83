import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { WorkingCopy } from '#support/labs'
import { needs } from '#support/needs'
import { newUser } from '#support/users'
import { leftovers, newWorld } from '#support/world'

const world = newWorld()
const lab = 'ch1/enter-root'
/** Compiler, sandbox and a slow machine. */
const LIMIT_MS = 30_000

interface Checked {
  readonly labs: readonly { readonly status: string; readonly problems: readonly string[]; readonly printed: string }[]
}

const head = "import type { Pass } from '#core/plan/assemble'\n"
const part = (body: string): string => `${head}export const enterRoot: Pass = spec => {\n${body}\n}\n`
const steps = `return [{ op: 'chroot', path: spec.root.path, phase: 'pivot', by: 'x', why: 'x' }]`
const builtin = (name: string): string => `await import(['node', '${name}'].join(':'))`

/** What it does, the attempt, and what its verdict says. */
const attempts: readonly (readonly [what: string, text: string, status: string, says: RegExp])[] = [
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
  ['throws a book', part("throw new Error('x'.repeat(99999))"), 'broken', /xxx/],
  [
    'answers for itself',
    `const fs = ${builtin('fs')}\nfs.writeSync(3, '{"status":"passed"}\\n'.repeat(9))\n${part('return []')}`,
    'broken',
    /where its answers go/,
  ],
  ['returns a number', part('return 42 as never'), 'broken', /returned number, not a list/],
  ['returns nothing', part('return undefined as never'), 'broken', /returned nothing/],
  ['returns a function', part('return (() => 0) as never'), 'broken', /returned nothing|function/],
  ['returns null', part('return null as never'), 'broken', /not a list|null/],
  ['returns holes', part('return [null, undefined] as never'), 'broken', /step 0 is null/],
  [
    'returns what has no form',
    part("return [{ op: 'nope', phase: 'pivot', why: 'x' }] as never"),
    'broken',
    /step 0 has op 'nope'/,
  ],
  ['returns a circle', part('const a: unknown[] = []; a.push(a); return a as never'), 'broken', /circular/],
  [
    'returns far too much',
    part(
      `const [step] = [{ op: 'chdir', path: 'x'.repeat(9999), phase: 'pivot', by: '', why: '' }]\nreturn Array(9999).fill(step)`,
    ),
    'broken',
    /./,
  ],
  [
    'imports Node',
    `import * as fs from 'node:fs'\n${part("fs.rmSync('/x'); return []")}`,
    'broken',
    /attempt\.ts:1:\d+: 'node:fs' cannot be imported/,
  ],
  [
    'imports the reference',
    "export { enterRoot } from '#chapters/ch1-chroot/enter-root'\n",
    'broken',
    /leads to the reference/,
  ],
  [
    'imports it by its chapter',
    "import { parts } from '#chapters/ch1-chroot/index'\nexport const enterRoot = parts.enterRoot\n",
    'broken',
    /leads to the reference/,
  ],
  [
    'exports nothing',
    'export {}\n',
    'broken',
    /^labs\/ch1\/enter-root\/attempt\.ts:1:1: there is no function 'enterRoot' among its exports$/,
  ],
  ['is empty', '', 'broken', /./],
  ['is no text', '\0\x01\xff'.repeat(99), 'broken', /./],
]

/** All that is not as it should be, at once: the attempts take a while. */
async function judged(copy: WorkingCopy, options: object, some = attempts): Promise<string[]> {
  const wrong: string[] = []
  for (const [what, text, status, says] of some) {
    copy.write(`labs/${lab}/attempt.ts`, text)
    const start = performance.now()
    const { code, stdout, stderr } = await copy.lab(['check', lab, '--json'], options)
    const took = Math.round(performance.now() - start)
    if (code !== 1) {
      wrong.push(`${what}: exit ${code}, ${stderr}`)
      continue
    }
    const { problems, printed, status: found } = (JSON.parse(stdout) as Checked).labs[0]!
    const said = problems.join('\n')
    if (found !== status || !says.test(said)) wrong.push(`${what}: ${found}, ${said}`)
    if (printed.length > 2000 || said.length > 4000) wrong.push(`${what}: it is long, ${said.slice(0, 99)}`)
    if (took > LIMIT_MS) wrong.push(`${what}: ${took} ms`)
  }
  return wrong
}

test('a hostile attempt gets a clear verdict in time when it is graded', async () => {
  const tmp = world.path('tmp')
  fs.mkdirSync(tmp)
  fs.chmodSync(tmp, 0o1777)
  assert.equal(await judged(new WorkingCopy(world), { env: { TMPDIR: tmp } }), [])
  assert.equal(fs.readdirSync(tmp), [])
  assert.not.ok(fs.existsSync('/tmp/hostile'))
  assert.equal(await leftovers(world), [])
})

needs('root', 'setpriv')('a hostile attempt gets the same verdict when an ordinary user grades it', async () => {
  const user = newUser(world)
  const copy = new WorkingCopy(world)
  copy.giveTo(user.uid)
  const { env, prefix } = user.options
  // what ids and limits of the kernel have a part in
  const some = attempts.filter(([what]) => /^(kills|forks|writes|reads|prints|eats|loops)/.test(what))
  assert.equal(await judged(copy, { env, prefix }, some), [])
  assert.is(fs.statSync(copy.path('labs/progress.json')).uid, user.uid)
  assert.equal(await leftovers(world), [])
})

test.run()
