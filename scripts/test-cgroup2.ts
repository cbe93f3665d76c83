/**
 * `npm run test:cgroup2`: the tests of cgroups again, on kernels that have nothing but cgroup v2. Most of them in User Mode
 * Linux, which is quick; what that lacks (cpuset, PSI, io.weight) in QEMU, which has it all and is slow.
 *
 *   node dist/scripts/test-cgroup2.js [PATH…]     PATH: a part of the test's path below test/ (default: see `chapters`)
 *
 * What runs in there is scripts/test.js; it counts there as it does here.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { fileURLToPath } from 'node:url'

/**
 * All of ch3's; of ch7 the life of a container, and its life in files (an older kernel, too: CRIU of Debian 12 works on none of today); and of ch4's those that ask the kernel: what cgroups do for an image's containers, what mounts and ID maps of
 * an older Linux can do. The others of ch4 start containers like these by the hundred, which takes User Mode Linux many minutes.
 */
const chapters = /^chapters\/(ch3-|ch4-(cgroups|mount|snapshot|userns)\.|ch7-(lifecycle|checkpoint-full-v2)\.)/
/** Those for which a kernel without cpuset, PSI and io.weight, or one that CRIU does not work on, will not do. */
const wantsAll = /-full-v2\.test\.js$/
/** The guests have no bridge, no nftables and no way out: what is shaped there is the host's to see. */
const wantsNetwork = /[-/](network|bandwidth)/

/** Hundreds of starts, and none of them comes to a cgroup. */
const isOfTheCommandLine = /-bad-input\.test\.js$/

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
const whyNot = (name: string): string | undefined => {
  if (wantsNetwork.test(name)) return "the host's network only"
  return isOfTheCommandLine.test(name) ? 'what the command line refuses, it refuses alike anywhere' : undefined
}
for (const file of found) {
  const why = whyNot(file)
  if (why !== undefined) console.log(`left out: ${file.replace('.test.js', '')}: ${why}`)
}
const files = found.filter(name => whyNot(name) === undefined)
const quick = files.filter(name => !wantsAll.test(name))
/** One of UML has one processor: two share the files. */
const machines: readonly Machine[] = [
  ...[0, 1].map(half => ({ engine: 'uml', seconds: 1200, files: quick.filter((_, i) => i % 2 === half) }) as const),
  { engine: 'qemu', seconds: 600, files: files.filter(name => wantsAll.test(name)) },
]

const shared = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-cgroup2-`)
const tally = `${shared}/tally`
try {
  fs.writeFileSync(tally, '')
  const wanted = machines.filter(machine => machine.files.length > 0)
  const passed: boolean[] = []
  // the emulated one, which has several processors, has this machine to itself
  for (const engine of ['uml', 'qemu']) {
    passed.push(...(await Promise.all(wanted.filter(machine => machine.engine === engine).map(passesIn))))
  }
  const counts = fs.readFileSync(tally, 'utf8')
  if (process.env.MINI_DOCKER_TALLY !== undefined) fs.appendFileSync(process.env.MINI_DOCKER_TALLY, counts)
  if (files.length === 0) console.log('no such test')
  process.exitCode = passed.length === 0 || passed.includes(false) ? 1 : 0
} finally {
  fs.rmSync(shared, { recursive: true, force: true })
}

async function passesIn({ engine, seconds, files }: Machine): Promise<boolean> {
  const start = performance.now()
  const {
    NODE_EXTRA_CA_CERTS: _,
    NODE_V8_COVERAGE: __,
    MINI_DOCKER_RUN: ___,
    MINI_DOCKER_ROOT: ____,
    ...env
  } = process.env
  const options = ['-e', engine, '-t', String(seconds), '-w', shared]
  const command = [process.execPath, at('test.js'), '--jobs', '1', ...files] // what is measured in there has it to itself
  console.log(`${engine}: ${files.map(name => name.replace('.test.js', '')).join(', ')}`)
  const machine = spawn(at('../../test/support/vm/vm'), [...options, '--', ...command], {
    env: { ...env, MINI_DOCKER_TALLY: tally },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [status] = (await once(machine, 'close')) as [number | null]
  console.log(
    `${engine}: ${status === 0 ? 'ok' : `exit ${status}`}, ${((performance.now() - start) / 1000).toFixed(0)} s`,
  )
  return status === 0
}
