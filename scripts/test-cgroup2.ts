/**
 * `npm run test:cgroup2`: the tests of cgroups again, on kernels that have nothing but cgroup v2. Most of them in User Mode
 * Linux, which is quick; what that lacks (cpuset, PSI, io.weight) in QEMU, which has it all and is slow.
 *
 *   node dist/scripts/test-cgroup2.js [PATH…]     PATH: a part of the test's path below test/ (default: see `chapters`)
 *
 * What runs in there is scripts/test.js; it counts there as it does here.
 */

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { fileURLToPath } from 'node:url'

/** Whose tests are run: each chapter from ch3 on whose containers are in cgroups. */
const chapters = /^chapters\/ch3-/
/** Those for which a kernel without cpuset, PSI and io.weight will not do. */
const wantsAll = /-full-v2\.test\.js$/
/** The guests have no bridge, no nftables and no way out: what is shaped there is the host's to see. */
const wantsNetwork = /[-/](network|bandwidth)/

interface Machine {
  readonly engine: 'uml' | 'qemu'
  readonly seconds: number
  readonly files: readonly string[]
}

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const asked = process.argv.slice(2)
const found = fs
  .readdirSync(at('../test/'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.test.js'))
  .filter(name => (asked.length === 0 ? chapters.test(name) : asked.some(part => name.includes(part))))
  .sort()
for (const file of found.filter(name => wantsNetwork.test(name))) {
  console.log(`left out: ${file.replace('.test.js', '')}: the host's network only`)
}
const files = found.filter(name => !wantsNetwork.test(name))
const machines: readonly Machine[] = [
  { engine: 'uml', seconds: 400, files: files.filter(name => !wantsAll.test(name)) },
  { engine: 'qemu', seconds: 400, files: files.filter(name => wantsAll.test(name)) },
]

const shared = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-cgroup2-`)
const tally = `${shared}/tally`
try {
  fs.writeFileSync(tally, '')
  const failed = machines.filter(machine => machine.files.length > 0 && !passesIn(machine))
  const counts = fs.readFileSync(tally, 'utf8')
  if (process.env.MINI_DOCKER_TALLY !== undefined) fs.appendFileSync(process.env.MINI_DOCKER_TALLY, counts)
  if (files.length === 0) console.log('no such test')
  process.exitCode = failed.length > 0 || files.length === 0 ? 1 : 0
} finally {
  fs.rmSync(shared, { recursive: true, force: true })
}

function passesIn({ engine, seconds, files }: Machine): boolean {
  const start = performance.now()
  const {
    NODE_EXTRA_CA_CERTS: _,
    NODE_V8_COVERAGE: __,
    MINI_DOCKER_RUN: ___,
    MINI_DOCKER_ROOT: ____,
    ...env
  } = process.env
  const options = ['-e', engine, '-t', String(seconds), '-w', shared]
  const command = [process.execPath, at('test.js'), '--jobs', engine === 'uml' ? '1' : '2', ...files]
  console.log(`\n${engine}: ${files.length} files`)
  const { status } = spawnSync(at('../../test/support/vm/vm'), [...options, '--', ...command], {
    env: { ...env, MINI_DOCKER_TALLY: tally },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  console.log(
    `${engine}: ${status === 0 ? 'ok' : `exit ${status}`}, ${((performance.now() - start) / 1000).toFixed(0)} s`,
  )
  return status === 0
}
