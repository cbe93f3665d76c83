/** A terminal for a test: a pty of its own, whose other end is typed at and read from like a person would. */

import * as fs from 'node:fs'
import * as tty from 'node:tty'
import { errnoOf } from '#core/errors'
import { call } from '#core/sys/libc'
import { type Options, type Running, start } from './cli.js'
import { nonce, until, type World } from './world.js'

/** ioctl_tty(2) */
const TIOCSPTLCK = 0x40045431
const TIOCGPTPEER = 0x5441
const TIOCSWINSZ = 0x5414
const ioctl = 'int ioctl(int fd, unsigned long request, ...)'
const O_RDWR_NOCTTY = 0o2 | 0o400

export interface Size {
  readonly rows: number
  readonly columns: number
}

export class Pty {
  readonly #master: number
  readonly #slave: number
  readonly #stream: tty.ReadStream
  #text = ''

  constructor(size: Size) {
    this.#master = fs.openSync('/dev/ptmx', O_RDWR_NOCTTY)
    call(ioctl, this.#master, TIOCSPTLCK, 'void *', new Int32Array([0]))
    this.#slave = call(ioctl, this.#master, TIOCGPTPEER, 'int', O_RDWR_NOCTTY | 0o2000000)
    this.resize(size)
    this.#stream = new tty.ReadStream(this.#master)
    this.#stream.setEncoding('utf8') // a read may end in the middle of a character
    this.#stream.on('data', (chunk: string) => {
      this.#text += chunk
    })
    this.#stream.on('error', () => undefined)
  }

  get slave(): number {
    return this.#slave
  }
  /** All that was shown so far. */
  get text(): string {
    return this.#text
  }

  /** Sends SIGWINCH to the foreground process group. */
  resize({ rows, columns }: Size): void {
    call(ioctl, this.#master, TIOCSWINSZ, 'void *', new Uint16Array([rows, columns, 0, 0]))
  }

  type(keys: string): void {
    this.#stream.write(keys)
  }

  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    try {
      await until(`the terminal shows ${pattern}`, () => pattern.test(this.#text))
    } catch (error) {
      throw new Error(`${(error as Error).message}; it shows ${JSON.stringify(this.#text)}`)
    }
    return pattern.exec(this.#text)!
  }

  /** All that was written to it so far is read: what we write behind it is, and is taken away again. */
  async drained(): Promise<void> {
    const mark = `<${nonce()}>`
    try {
      fs.writeSync(this.#slave, mark)
    } catch (error) {
      if (errnoOf(error) === 'EIO') return // its window was closed
      throw error
    }
    await until('the terminal has shown all', () => this.#text.includes(mark) || this.#stream.destroyed)
    this.#text = this.#text.replace(mark, '')
  }

  /** termios(3): flags, characters and speeds as they are now, as text to be compared. */
  settings(): string {
    const termios = Buffer.alloc(128)
    call('int tcgetattr(int fd, void *termios)', this.#slave, termios)
    return termios.toString('hex')
  }

  /** As when its window is closed: whoever has it as controlling terminal gets SIGHUP. */
  hangUp(): void {
    this.#stream.destroy()
  }

  close(): void {
    this.hangUp()
    fs.closeSync(this.#slave)
  }
}

/** Starts the command line in a session of its own with that terminal, which has shown all when it is done. `stderr` may go elsewhere. */
export function startOn(pty: Pty, world: World, args: readonly string[], options: Options = {}): Running {
  const prefix = [...(options.prefix ?? []), 'setsid', '--ctty']
  const { slave } = pty
  const running = start(world, args, {
    ...options,
    prefix,
    stdio: options.stdio ?? [slave, slave, slave],
    // without the coverage that Node hands on to its children: to write it, Node leaves by its own exit, which aborts when
    // the terminal is gone
    env: { NODE_V8_COVERAGE: '', TERM: 'vt100', ...options.env },
  })
  const done = running.done.then(async result => {
    await pty.drained() // what it wrote last may still be on its way to us
    return result
  })
  return { ...running, done }
}
