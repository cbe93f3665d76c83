/**
 * Many machines are an existing engine's job, with our runtime below: Swarm mode on two dockerds, each in a network namespace of
 * its own, with a cable between them. Without virtual IPs and published ports, which would take the kernel's ip_vs.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { miniRunc } from '#support/bundle'
import { isThere, needs } from '#support/needs'
import { newWorld, nonce, readOr, until } from '#support/world'
import { type DockerDaemon, startDocker } from './docker.js'
import { baseArchive, leftInCgroups, newCgroupParent, told } from './engines.js'

const needed = ['root', 'native', 'cgroups', 'overlay', 'docker', 'dockerd', 'unshare', 'nsenter', 'ip', 'iptables']
const here = needs(...needed)
const world = newWorld()
const parent = newCgroupParent()
let machines: readonly ChildProcess[] = []
let daemons: readonly DockerDaemon[] = []

test.before(async () => {
  if (!needed.every(isThere)) return
  machines = [1, 2].map(() => spawn('unshare', ['-n', '-m', '--propagation', 'private', 'sleep', 'infinity']))
  const sh = (n: number, script: string): void => {
    execFileSync('nsenter', ['-t', String(machines[n]!.pid), '-n', 'sh', '-ec', script])
  }
  await until('there are two machines', () =>
    machines.every(({ pid }) => /sleep/.test(readOr('', `/proc/${pid}/comm`))),
  )
  sh(0, `ip link add cable type veth peer name cable netns ${machines[1]!.pid}`)
  for (const n of [0, 1]) sh(n, `ip address add 198.51.100.${n + 1}/24 dev cable; ip link set cable up`)
  const archive = await baseArchive(world)
  daemons = await Promise.all(
    machines.map(({ pid }) =>
      startDocker(
        world,
        [
          ...['--storage-driver', 'overlay2', '--cgroup-parent', parent],
          ...['--add-runtime', `mini=${miniRunc}`, '--default-runtime', 'mini'],
        ],
        ['nsenter', '-t', String(pid), '-n', '-m'],
      ),
    ),
  )
  for (const { client } of daemons) told(client, ['load', '-q', '-i', archive])
})

test.after(async () => {
  for (const daemon of daemons) await daemon.end()
  for (const machine of machines) machine.kill('SIGKILL')
})

const docker = (n: number, ...args: readonly string[]): string => told(daemons[n]!.client, args)
const linesOf = (text: string): string[] => text.split('\n').filter(line => line !== '')
/** Of the service, containers that run on each machine. */
const spread = (name: string): number[] =>
  daemons.map(
    (_, n) => linesOf(docker(n, 'ps', '-q', '--filter', `label=com.docker.swarm.service.name=${name}`)).length,
  )
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

here('a service runs on two machines, is scaled, changed, and moves away from one that is drained', async () => {
  const [name, word] = [`s${nonce()}`, nonce()]
  docker(0, 'swarm', 'init', '--advertise-addr', '198.51.100.1', '--listen-addr', '198.51.100.1')
  const token = docker(0, 'swarm', 'join-token', '-q', 'worker').trim()
  docker(1, 'swarm', 'join', '--token', token, '198.51.100.1:2377')
  await until('both are ready', () => linesOf(docker(0, 'node', 'ls', '-q', '--filter', 'role=worker')).length === 1)
  docker(
    0,
    'service',
    'create',
    '-d',
    '--name',
    name,
    '--replicas',
    '4',
    '--endpoint-mode',
    'dnsrr',
    '--no-resolve-image',
    'base',
    'sleep',
    '1000',
  )
  await until('four run', () => sum(spread(name)) === 4)
  assert.equal(spread(name), [2, 2])
  const [id] = linesOf(docker(1, 'ps', '-q'))
  assert.is(docker(1, 'inspect', '-f', '{{.HostConfig.Runtime}}', id!), 'mini\n')
  docker(0, 'service', 'scale', '-d', `${name}=6`)
  await until('six run', () => sum(spread(name)) === 6)
  docker(
    0,
    'service',
    'update',
    '-d',
    '--env-add',
    `WORD=${word}`,
    '--update-parallelism',
    '6',
    '--stop-grace-period',
    '1s',
    name,
  )
  const says = (n: number, id: string): boolean => docker(n, 'inspect', '-f', '{{.Config.Env}}', id).includes(word)
  await until('all are new', () => {
    const all = daemons.flatMap((_, n) => linesOf(docker(n, 'ps', '-q')).map(id => [n, id] as const))
    return all.length === 6 && all.every(([n, id]) => says(n, id))
  })
  const worker = docker(0, 'node', 'ls', '-q', '--filter', 'role=worker').trim()
  docker(0, 'node', 'update', '--availability', 'drain', worker)
  await until('all are on the other', () => spread(name).join() === '6,0')
  docker(0, 'service', 'rm', name)
  await until('none runs', () => sum(spread(name)) === 0)
})

here('nothing is left of it', async () => {
  docker(1, 'swarm', 'leave')
  docker(0, 'swarm', 'leave', '--force')
  await until('no container is left', () => daemons.every((_, n) => docker(n, 'ps', '-aq') === ''))
  await until('no cgroup is left', () => leftInCgroups(parent).length === 0)
})

test.run()
