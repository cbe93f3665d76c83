/**
 * Transfers into and out of a container on a bridge, timed by who receives, from the first byte to the last. All of it in a
 * throw-away host: the machine's own network is left alone.
 */

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { insidePath } from '#support/inside'
import { type As, isThere, type Machine, makeMachine, missingForNetns, type Running, until } from '#support/netns'
import { measured } from '#support/patience'

export const missingForBandwidth = (): string | null =>
  missingForNetns() ?? (isThere('tc') ? null : 'tc') ?? (fs.existsSync(insidePath) ? null : 'inside')

const cli = fileURLToPath(new URL('../../chapters/main.js', import.meta.url))
const gateway = '172.30.0.1'

export type Way = 'in' | 'out'

/**
 * How long it should take. The bucket counts frames: of the 1414 bytes of each (the outer cable's 1400, and Ethernet's 14)
 * 1348 are the program's, IPv4 and TCP with its timestamps take 52. What the bucket holds at first goes at once.
 */
export const expectedSeconds = (bytes: number, bitsPerSecond: number, burst = 32 * 1024): number =>
  ((bytes * (1414 / 1348) - burst) * 8) / bitsPerSecond

export class Bandwidth {
  readonly scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'ch3-bandwidth-'))
  readonly machine: Machine
  #port = 9000

  private constructor(machine: Machine) {
    this.machine = machine
    fs.chmodSync(this.scratch, 0o755)
  }

  /** With the rootfs built. */
  static async make(): Promise<Bandwidth> {
    const made = new Bandwidth(await makeMachine())
    const { code, stderr } = await made.run(['true'])
    assert.is(code, 0, stderr)
    return made
  }

  end(): void {
    this.machine.end()
    fs.rmSync(this.scratch, { recursive: true, force: true })
  }

  get #as(): As {
    const { scratch } = this
    return { env: { MINI_DOCKER_RUN: `${scratch}/run`, MINI_DOCKER_ROOT: `${scratch}/data`, HOME: scratch } }
  }

  /** `ch3 run`, with the probe in it. */
  start(args: readonly string[]): Running {
    return this.machine.host.start(
      [process.execPath, cli, 'ch3', 'run', '-v', `${insidePath}:/bin/inside:ro`, ...args],
      this.#as,
    )
  }
  run(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return this.start(args).ended
  }

  /** Once its number is in the record. */
  async addressOf(name: string): Promise<string> {
    const file = `${this.scratch}/run/shared/bridge/users/${name}`
    await until(() => fs.existsSync(file))
    return (JSON.parse(fs.readFileSync(file, 'utf8')) as { given: { address: string } }).given.address
  }

  /** @returns seconds; `during` is called while it goes on */
  async transfer(
    way: Way,
    bytes: number,
    flags: readonly string[],
    during: () => void = () => undefined,
  ): Promise<number> {
    const port = String(this.#port++)
    const name = `box-${port}`
    const onBridge = (...command: string[]): Running =>
      this.start(['--net', 'bridge', '--name', name, ...flags, 'inside', ...command])
    let receiver: Running
    let sender: Running
    if (way === 'in') {
      receiver = onBridge('sink', port)
      await until(() => receiver.output().includes('listening'))
      const address = await this.addressOf(name)
      sender = this.machine.host.start([insidePath, 'pour', address, port, String(bytes)])
    } else {
      receiver = this.machine.host.start([insidePath, 'sink', port])
      await until(() => receiver.output().includes('listening'))
      sender = onBridge('pour', gateway, port, String(bytes))
    }
    const looked = setTimeout(during, 500)
    const [received, sent] = await Promise.all([receiver.ended, sender.ended])
    clearTimeout(looked)
    assert.is(sent.code, 0, sent.stderr)
    assert.is(received.code, 0, received.stderr)
    const [, got, seconds] = /^(\d+) ([\d.]+)$/m.exec(received.stdout)!
    assert.is(Number(got), bytes)
    return Number(seconds)
  }

  /** A transfer at 10mbit, which takes as long as it should. Other work on the machine makes one slower, never faster. */
  async timed(way: Way, bytes: number, more: readonly string[] = []): Promise<number> {
    const expected = expectedSeconds(bytes, 10e6)
    const seconds = await measured(
      async () => {
        const seconds = await this.transfer(way, bytes, [`--net-rate-${way}`, '10mbit', ...more])
        assert.ok(
          seconds >= expected * 0.85,
          `${bytes} bytes ${way} took only ${seconds} s, not ${expected.toFixed(2)}`,
        )
        return seconds
      },
      seconds => seconds <= expected * 1.15,
    )
    assert.ok(seconds <= expected * 1.15, `${bytes} bytes ${way} took ${seconds} s, not ${expected.toFixed(2)}`)
    return seconds
  }
}
