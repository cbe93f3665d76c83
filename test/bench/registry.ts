/**
 * Our registry beside Debian's docker-registry: the same clients push to and pull from both, in turns. And a pull until its
 * image lies unpacked, beside skopeo and umoci.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import * as net from 'node:net'
import { fileURLToPath } from 'node:url'
import { freePort } from '#support/free-port'
import { isThere } from '#support/needs'
import { sleep } from '#support/world'
import { compare, median } from './measure.js'
import { BenchClient, type BenchImage, newImage, newLayers } from './registry-client.js'

const bin = fileURLToPath(new URL('../../mini-docker.cjs', import.meta.url))
const peerBin = 'docker-registry'
const MIB = 1 << 20

interface Server {
  readonly name: 'ours' | 'peer'
  readonly port: number
  readonly child: ChildProcess
}

interface Scene {
  readonly name: string
  readonly layers: number
  readonly layerBytes: number
  /** At once; each pushes to a repository of its own. */
  readonly clients: number
  /** Whether they all push the same, as who builds on one base; else no two have a layer in common. */
  readonly isOneImage?: true
  /** At most. */
  readonly rounds: number
}

const large = { name: '1 GiB in 8 layers', layers: 8, layerBytes: 128 * MIB }
const many = { name: '500 layers of 4 KiB', layers: 500, layerBytes: 4096 }
/** Sixteen large ones take 16 GiB of the disk for each registry, and minutes: a run of fewer rounds than usual sends a GiB in all. */
const share = { name: '64 MiB in 8 layers', layers: 8, layerBytes: 8 * MIB }

const scenesOf = (rounds: number): readonly Scene[] => [
  ...[large, many].map(scene => ({ ...scene, clients: 1, rounds: 5 })),
  ...[{}, { isOneImage: true } as const].map(images =>
    rounds < USUAL_ROUNDS
      ? { ...share, ...images, clients: 16, rounds: 3 }
      : { ...large, ...images, clients: 16, rounds: 1 },
  ),
  { ...many, clients: 16, rounds: 3 },
]
const USUAL_ROUNDS = 40

export async function registries(tree: string, scratch: string, rounds: number): Promise<string[]> {
  if (!isThere(peerBin)) return [`${peerBin} is not here: registries were not measured`]
  const [ours, peer] = [await startOurs(`${scratch}/ours`), await startPeer(`${scratch}/peer`)]
  try {
    const rows: string[] = []
    for (const scene of scenesOf(rounds)) rows.push(await rowOf(scene, [ours, peer], Math.min(rounds, scene.rounds)))
    const memory = `${peakMemory(ours).toFixed(0)} MB; docker-registry's ${peakMemory(peer).toFixed(0)} MB`
    return [
      '| registry, throughput, docker-registry = 1 | clients at once | push | pull |',
      '|---|---|---|---|',
      ...rows,
      '',
      `Our server's memory at its highest in all of that: ${memory}.`,
      '',
      ...pullAndUnpack(ours, tree, scratch, Math.min(rounds, 3)),
    ]
  } finally {
    for (const { child } of [ours, peer]) child.kill('SIGKILL')
  }
}

/** Until the files of an image lie there. */
function pullAndUnpack({ port }: Server, tree: string, scratch: string, rounds: number): string[] {
  const name = `127.0.0.1:${port}/large:1`
  const [data, layout, bundle] = [`${scratch}/pulled`, `${scratch}/layout`, `${scratch}/bundle`]
  const places = (root: string): string[] => [`MINI_DOCKER_ROOT=${root}`, `MINI_DOCKER_RUN=${scratch}/pull-run`]
  const tool = (root: string, ...words: readonly string[]): string[] => [
    'env',
    ...places(root),
    process.execPath,
    bin,
    ...words,
  ]
  const script = `skopeo copy -q --src-tls-verify=false docker://${name} oci:${layout}:1 && umoci unpack --image ${layout}:1 ${bundle}`
  execFileSync('tar', ['-C', tree, '-cf', `${scratch}/large.tar`, '.'])
  for (const words of [
    ['ch4', 'import', '-q', `${scratch}/large.tar`, name],
    ['ch5', 'push', '-q', name],
  ]) {
    const [command, ...args] = tool(`${scratch}/pushed`, ...words)
    execFileSync(command!, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  const emptied = (): void => {
    for (const place of [data, layout, bundle]) fs.rmSync(place, { recursive: true, force: true })
  }
  const [peers, ours] = compare(
    [
      { name: 'peers', argv: ['sh', '-ec', script], before: emptied },
      { name: 'ours', argv: tool(data, 'ch5', 'pull', '-q', name), before: emptied },
    ],
    rounds,
    1,
  )
  const ratio = (key: 'cpu' | 'wall'): string => (ours![key] / peers![key]).toFixed(2)
  return [
    '| pull and unpack, `skopeo copy` and `umoci unpack` = 1 | CPU time | wall time |',
    '|---|---|---|',
    `| 300 MB in 9000 files, from our registry | ${ratio('cpu')} | ${ratio('wall')} |`,
  ]
}

async function rowOf(scene: Scene, servers: readonly Server[], rounds: number): Promise<string> {
  const times = {
    push: { ours: [] as number[], peer: [] as number[] },
    pull: { ours: [] as number[], peer: [] as number[] },
  }
  const layers = newLayers(scene.layers, scene.layerBytes)
  for (let round = 0; round < rounds; round++) {
    const one = newImage(layers)
    const sent = Array.from({ length: scene.clients }, (_, client) => ({
      repository: `r${round}-${scene.layers}/c${scene.clients}-${client}`,
      image: scene.isOneImage || client === 0 ? one : newImage(layers),
    }))
    // in turns: memory that is used for the first time after a rest takes longer, for who comes first
    for (const { name, port } of round % 2 === 0 ? servers : servers.toReversed()) {
      times.push[name].push(await timed(port, sent, (client, to, image) => client.push(to, image)))
      times.pull[name].push(await timed(port, sent, (client, from, image) => client.pull(from, image)))
    }
  }
  const ratio = (way: 'push' | 'pull'): string => (median(times[way].peer) / median(times[way].ours)).toFixed(2)
  const clients = scene.isOneImage ? `${scene.clients}, one image` : scene.clients
  return `| ${scene.name} | ${clients} | ${ratio('push')} | ${ratio('pull')} |`
}

/** All at once. @returns milliseconds until the last is done */
async function timed(
  port: number,
  sent: readonly { readonly repository: string; readonly image: BenchImage }[],
  action: (client: BenchClient, repository: string, image: BenchImage) => Promise<void>,
): Promise<number> {
  const clients = sent.map(() => new BenchClient(port))
  execFileSync('sync') // nobody pays for the writing back of what the other was sent
  const from = performance.now()
  await Promise.all(sent.map(({ repository, image }, i) => action(clients[i]!, repository, image)))
  const took = performance.now() - from
  for (const client of clients) client.end()
  return took
}

async function startOurs(root: string): Promise<Server> {
  const port = await freePort()
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  const argv = [bin, 'ch5', 'serve', '--listen', `127.0.0.1:${port}`, '--root', root]
  return up({ name: 'ours', port, child: spawn(process.execPath, argv, { stdio: 'ignore', env }) })
}

async function startPeer(root: string): Promise<Server> {
  const port = await freePort()
  fs.mkdirSync(root, { recursive: true })
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: `${root}/data` }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
  }
  fs.writeFileSync(`${root}/config.yml`, JSON.stringify(config)) // JSON is YAML
  return up({ name: 'peer', port, child: spawn(peerBin, ['serve', `${root}/config.yml`], { stdio: 'ignore' }) })
}

async function up(server: Server): Promise<Server> {
  for (let tries = 0; tries < 300; tries++) {
    const isUp = await new Promise<boolean>(resolve => {
      const socket = net.connect(server.port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => resolve(false))
    })
    if (isUp) return server
    await sleep(50)
  }
  throw new Error(`${server.name} does not come up`)
}

/** MB; VmHWM of proc_pid_status(5). */
function peakMemory({ child }: Server): number {
  const status = fs.readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1]) / 1000
}
