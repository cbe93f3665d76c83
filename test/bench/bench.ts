/**
 * `npm run bench`: how fast, beside the peers, as ratios measured in one run. Absolute times say nothing about another
 * machine; the ratios are what the README quotes.
 *
 *   npm run bench [-- --rounds N] [--readme]     --readme: write the figures into README.md
 *
 * crun refuses a hybrid cgroup hierarchy: the measuring happens in a private mount namespace without the v2 half.
 */

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { errnoOf } from '#core/errors'
import { ensureDefaultRootfs } from '#core/rootfs/default'
import { startOfImages } from './images.js'
import { largeTree, layers } from './layers.js'
import { compare } from './measure.js'
import { registries } from './registry.js'
import { fromRunningNode, withLimits } from './running-node.js'
import { manyContainers, runtimeCommands } from './runtime.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    readme: { type: 'boolean', default: false },
    inner: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
/** A run of fewer is one that shall be short. */
const USUAL_ROUNDS = 40

if (process.geteuid!() !== 0) {
  console.log('bench: needs root: skipped')
} else if (!values.inner) {
  const script = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"'
  const self = [
    process.execPath,
    fileURLToPath(import.meta.url),
    '--inner',
    '--rounds',
    values.rounds,
    ...(values.readme ? ['--readme'] : []),
  ]
  const { status } = spawnSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script, 'sh', ...self], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
} else {
  await bench()
}

async function bench(): Promise<void> {
  const scratch = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-bench.`)
  process.env.MINI_DOCKER_ROOT = `${scratch}/data`
  process.env.MINI_DOCKER_RUN = `${scratch}/run`
  try {
    const rootfs = ensureDefaultRootfs({ dataDir: `${scratch}/data` }).path
    const tables = [
      ...commandLine(rootfs),
      '',
      ...(await fromRunningNode(rootfs, scratch, rounds)),
      '',
      ...(await withLimits(rootfs, scratch, rounds)),
      '',
      ...runtimeCommands(rootfs, scratch, rounds),
      '',
      ...manyContainers(rootfs, scratch, rounds < USUAL_ROUNDS ? 50 : 500),
      '',
      ...layers(scratch, rounds),
      '',
      ...(await startOfImages(rootfs, scratch, rounds)),
      '',
      ...(await registries(largeTree(`${scratch}/large`), scratch, rounds)),
    ]
    const machine = `${os.cpus()[0]?.model}, Linux ${os.release()}, Node ${process.version}, medians of ${rounds} rounds, where a round takes seconds of fewer`
    const text = [...tables, '', `Measured on ${new Date().toISOString().slice(0, 10)}: ${machine}.`].join('\n')
    console.log(text)
    if (values.readme) writeReadme(text)
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
    removeCgroups()
  }
}

/** The peers make the parents of their cgroups, and leave them. Only empty ones go: others may have theirs below them. */
function removeCgroups(): void {
  const hierarchies = fs.readdirSync('/sys/fs/cgroup').map(name => `/sys/fs/cgroup/${name}`)
  for (const path of hierarchies.flatMap(one => [`${one}/mini-docker/bench`, `${one}/mini-docker`])) {
    try {
      fs.rmdirSync(path)
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'EBUSY', 'ENOTEMPTY'].includes(errnoOf(error) ?? '')) throw error
    }
  }
}

function writeReadme(text: string): void {
  const path = fileURLToPath(new URL('../../../README.md', import.meta.url))
  const readme = fs.readFileSync(path, 'utf8')
  fs.writeFileSync(
    path,
    readme.replace(/<!-- bench -->[\s\S]*<!-- \/bench -->/, `<!-- bench -->\n${text}\n<!-- /bench -->`),
  )
}

/** The whole process, as a user starts it: CPU time against that of the barest Node. */
function commandLine(rootfs: string): string[] {
  const bin = fileURLToPath(new URL('../../mini-docker.cjs', import.meta.url))
  const run = (...words: readonly string[]): string[] => [
    process.execPath,
    bin,
    ...words,
    '--rootfs',
    rootfs,
    '--',
    '/bin/true',
  ]
  const figures = compare(
    [
      { name: '`node -e 0`', argv: [process.execPath, '-e', '0'] },
      { name: '`mini-docker ch1 run`', argv: run('ch1', 'run') },
      { name: '`mini-docker ch2 run`', argv: run('ch2', 'run') },
      { name: '`mini-docker ch3 run --memory 64m`', argv: run('ch3', 'run', '--memory', '64m') },
      { name: 'the same by koffi', argv: run('ch2', 'run', '--executor', 'koffi') },
    ],
    rounds,
  )
  const base = figures[0]!
  const row = ({ name, cpu }: { name: string; cpu: number }): string => `| ${name} | ${(cpu / base.cpu).toFixed(2)} |`
  return ['| a whole process, `/bin/true` | CPU time, Node = 1 |', '|---|---|', ...figures.map(row)]
}
