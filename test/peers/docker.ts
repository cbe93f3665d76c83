/** A dockerd for one test: its own data, sockets and network namespace; no bridge, no firewall rules, nobody else's. */

import { execFileSync, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { until, type World } from '#support/world'

export type Docker = (...args: readonly string[]) => string

export async function withDocker(world: World, use: (docker: Docker) => Promise<void>): Promise<void> {
  const place = world.path('docker')
  fs.mkdirSync(place)
  fs.writeFileSync(`${place}/daemon.json`, '{}')
  const socket = `unix://${place}/sock`
  const flags = [
    ...['--data-root', `${place}/data`, '--exec-root', `${place}/exec`, '--pidfile', `${place}/pid`, '-H', socket],
    ...['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver', 'vfs'],
    ...['--config-file', `${place}/daemon.json`],
  ]
  const log = fs.openSync(`${place}/log`, 'w')
  // the mounts that it makes for itself go with its namespace
  const daemon = spawn('unshare', ['-n', '-m', '--propagation', 'private', 'dockerd', ...flags], {
    stdio: ['ignore', log, log],
  })
  const ended = new Promise<void>(resolve => daemon.on('exit', () => resolve()))
  const docker: Docker = (...args) =>
    execFileSync('docker', ['-H', socket, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  try {
    await until('dockerd answers', () => answers(docker) || daemon.exitCode !== null, 60)
    await use(docker)
  } finally {
    daemon.kill('SIGTERM')
    await Promise.race([ended, new Promise(resolve => setTimeout(resolve, 20_000).unref())])
    daemon.kill('SIGKILL')
    fs.closeSync(log)
  }
}

function answers(docker: Docker): boolean {
  try {
    docker('version')
    return true
  } catch {
    return false
  }
}
