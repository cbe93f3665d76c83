/**
 * A throw-away host: a network namespace that plays the machine, one that plays the outside, and a cable between them. The
 * real host's links, routes, tables and sysctls are never touched.
 *
 *   outside 198.51.100.1 ──── 198.51.100.2 host (default route to the outside, does not forward)
 *
 * Each has a mount namespace, too: /sys shows the links of whoever mounts it, and /dev/net/tun is open to everyone in the
 * host, as it is on every distribution. 198.51.100.0/24 is TEST-NET-2 (RFC 5737).
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { patience } from './patience.js'

export interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly pid: number
  readonly child: ChildProcess
  readonly ended: Promise<Result>
  /** What it wrote so far. */
  output(): string
}

export interface As {
  readonly uid?: number
  readonly env?: Readonly<Record<string, string>>
  readonly seconds?: number
}

export const outsideAddress = '198.51.100.1'
export const hostAddress = '198.51.100.2'

const tools = ['unshare', 'nsenter', 'ip', 'nft', 'setpriv', 'busybox'] as const

/** What this machine lacks for it, null when nothing. */
export function missingForNetns(): string | null {
  if (process.platform !== 'linux') return 'Linux'
  if (process.geteuid!() !== 0) return 'root'
  return tools.find(tool => !isThere(tool)) ?? null
}

export const isThere = (tool: string): boolean =>
  ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some(place => fs.existsSync(`${place}/${tool}`))

/** A network and a mount namespace, kept by a sleeping process. */
export class Netns {
  readonly #keeper: ChildProcess
  readonly #children = new Set<ChildProcess>()

  constructor(setUp: string) {
    const script = `mount -t sysfs sysfs /sys && ${setUp} && exec sleep infinity`
    this.#keeper = spawn('unshare', ['-n', '-m', '--propagation', 'private', 'sh', '-ec', script], { stdio: 'inherit' })
  }

  get pid(): number {
    return this.#keeper.pid!
  }

  async ready(): Promise<void> {
    await until(() => fs.readFileSync(`/proc/${this.pid}/comm`, 'utf8').trim() === 'sleep')
  }

  /** A shell script, to its end; throws when it fails. */
  sh(script: string): string {
    return execFileSync('nsenter', [...this.#enter(), 'sh', '-ec', script], { encoding: 'utf8' })
  }

  start(argv: readonly string[], { uid, env = {}, seconds = 60 }: As = {}): Running {
    const as = uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']
    const { NODE_EXTRA_CA_CERTS: _, ...ours } = process.env
    // the directory for coverage is root's: anyone else would complain of it on stderr
    if (uid !== undefined) ours.NODE_V8_COVERAGE = ''
    const child = spawn('nsenter', [...this.#enter(), ...as, ...argv], {
      env: { ...ours, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds * 1000, // a test that hangs fails
      killSignal: 'SIGKILL',
    })
    this.#children.add(child)
    let stdout = ''
    let stderr = ''
    child.stdout!.setEncoding('utf8').on('data', text => (stdout += text))
    child.stderr!.setEncoding('utf8').on('data', text => (stderr += text))
    const ended = new Promise<Result>(resolve => {
      child.on('exit', () => this.#children.delete(child))
      child.on('close', code => resolve({ code, stdout, stderr }))
    })
    return { pid: child.pid!, child, ended, output: () => stdout + stderr }
  }

  run(argv: readonly string[], as: As = {}): Promise<Result> {
    return this.start(argv, as).ended
  }

  /** Ends what was started in it and still runs. @returns how many that were */
  endChildren(): number {
    const left = [...this.#children]
    for (const child of left) child.kill('SIGKILL')
    return left.length
  }

  end(): void {
    this.endChildren()
    this.#keeper.kill('SIGKILL')
  }

  #enter(): string[] {
    return ['-t', String(this.pid), '-n', '-m']
  }
}

export interface Machine {
  readonly host: Netns
  readonly outside: Netns
  end(): void
}

export async function makeMachine(): Promise<Machine> {
  const outside = new Netns('true')
  const host = new Netns('mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200')
  await Promise.all([outside.ready(), host.ready()])
  host.sh(`
    echo 0 > /proc/sys/net/ipv4/ip_forward
    ip link set lo up
    ip link add wan0 mtu 1400 type veth peer name wan0 mtu 1400 netns ${outside.pid}
    ip address add ${hostAddress}/24 dev wan0
    ip link set wan0 up`)
  outside.sh(`ip link set lo up; ip address add ${outsideAddress}/24 dev wan0; ip link set wan0 up`)
  host.sh(`ip route add default via ${outsideAddress}`)
  return {
    host,
    outside,
    end() {
      host.end()
      outside.end()
    },
  }
}

/** Waits until it is so. @throws Error when it never is */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + patience * 1000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`still not so after ${patience} seconds: ${condition}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
