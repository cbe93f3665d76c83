/**
 * What an image costs a start: twenty layers put together for one container and taken apart again, beside ch3's with a
 * directory for a root. The difference counts, in milliseconds: it is the same whatever the container does.
 */

import { type ExecFileSyncOptions, execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { run as runCh2 } from '#chapters/ch2-namespaces/index'
import { ch3, extension } from '#chapters/ch3-cgroups/index'
import { run as runCh4 } from '#chapters/ch4-images/container/run'
import { parts as ch4Parts } from '#chapters/ch4-images/index'
import { Flags } from '#core/cli/flags'
import { noSwap } from '#core/lab'
import { sleep } from '#support/world'
import { compare, median } from './measure.js'

const bin = fileURLToPath(new URL('../../mini-docker.cjs', import.meta.url))
const LAYERS = 20
const image = 'bench'
const REST_MS = 30

export async function startOfImages(rootfs: string, scratch: string, rounds: number): Promise<string[]> {
  makeImage(rootfs, scratch)
  const command = asCommand(rootfs, rounds)
  const inProcess = await inRunningProcess(rootfs, rounds)
  const row = (name: string, { ch3, ch4 }: Pair): string =>
    `| ${name} | ${ch3.toFixed(1)} | ${ch4.toFixed(1)} | ${(ch4 - ch3).toFixed(1)} |`
  return [
    `| \`/bin/true\` from an image of ${LAYERS} layers, wall time in ms | \`ch3 run\` | \`ch4 run --rm\` | more |`,
    '|---|---|---|---|',
    row('as a command', command),
    row('in a Node process that runs', inProcess),
  ]
}

interface Pair {
  readonly ch3: number
  readonly ch4: number
}

function makeImage(rootfs: string, scratch: string): void {
  const tar = `${scratch}/rootfs.tar`
  const context = `${scratch}/context`
  fs.mkdirSync(context)
  fs.writeFileSync(`${context}/file`, 'a layer\n')
  const steps = Array.from({ length: LAYERS - 1 }, (_, i) => `COPY file /layer-${i + 1}\n`)
  fs.writeFileSync(`${context}/Dockerfile`, `FROM base\n${steps.join('')}`)
  const quietly: ExecFileSyncOptions = { stdio: ['ignore', 'ignore', 'inherit'] }
  execFileSync('tar', ['-C', rootfs, '-cf', tar, '.'], quietly)
  execFileSync(process.execPath, [bin, 'ch4', 'import', '-q', tar, 'base'], quietly)
  execFileSync(process.execPath, [bin, 'ch4', 'build', '-q', '-t', image, context], quietly)
  execFileSync(process.execPath, [bin, 'ch4', 'run', '--rm', image, '/bin/true'], quietly) // unpacked from here on
}

function asCommand(rootfs: string, rounds: number): Pair {
  const places = ['ROOT', 'RUN'].map(name => `MINI_DOCKER_${name}=${process.env[`MINI_DOCKER_${name}`]}`)
  const argv = (...words: readonly string[]): string[] => ['env', ...places, process.execPath, bin, ...words]
  const [ch3, ch4] = compare(
    [
      { name: 'ch3', argv: argv('ch3', 'run', '--rootfs', rootfs, '--', '/bin/true') },
      { name: 'ch4', argv: argv('ch4', 'run', '--rm', image, '/bin/true') },
    ],
    rounds,
  )
  return { ch3: ch3!.wall, ch4: ch4!.wall }
}

async function inRunningProcess(rootfs: string, rounds: number): Promise<Pair> {
  const plain = new Flags()
  plain.add('rootfs', rootfs)
  const removing = new Flags()
  removing.add('rm', 'true')
  const limits = await extension()
  const starts = {
    ch3: () => runCh2(ch3.parts, plain, ['/bin/true'], noSwap, limits),
    ch4: () => runCh4(ch4Parts, removing, [image, '/bin/true'], noSwap),
  }
  const times = { ch3: [] as number[], ch4: [] as number[] }
  // what a move into a cgroup waits for is 6 to 20 ms of each start, now this and now that: more rounds than elsewhere
  for (let round = -3; round < 2 * rounds; round++) {
    for (const name of ['ch3', 'ch4'] as const) {
      await sleep(REST_MS) // each start from rest: see running-node
      const from = performance.now()
      const code = await starts[name]()
      if (code !== 0) throw new Error(`${name} ended with ${code}`)
      if (round >= 0) times[name].push(performance.now() - from)
    }
  }
  return { ch3: median(times.ch3), ch4: median(times.ch4) }
}
