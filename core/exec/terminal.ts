/**
 * The relay between the user's terminal and the container's: bytes both ways, the window's size one way, and raw mode on
 * ours, because ^C and line editing are the inner one's business. Whatever ends the run, raw mode ends with it.
 */

import * as fs from 'node:fs'
import * as tty from 'node:tty'
import { fcntlCommands, ioctls, termios as modes } from '#core/sys/constants'
import { call } from '#core/sys/libc'

export interface TerminalRelay {
  /** Resolves when all that the container wrote has been passed on. */
  drained(): Promise<void>
  /** Gives the user's terminal back. Idempotent. */
  restore(): void
}

/**
 * @param master the container's end
 * @param interactive whether our stdin is passed on
 * @param onUnread what the container writes cannot be passed on: its reader has gone, the disk is full
 */
export function relayTerminal(master: number, interactive: boolean, onUnread: (error: Error) => void): TerminalRelay {
  const fromContainer = new tty.ReadStream(master)
  const spare = call('int fcntl(int fd, int command, ...)', master, fcntlCommands.F_DUPFD_CLOEXEC, 'int', 0)
  let restored = false
  /**
   * When the last process inside has closed its end, libuv takes the first short read for the last one; a pty gives
   * 4 KB at most, so that what lies behind would be lost. And a stream that fails keeps what a slow stdout left in it.
   */
  const passRest = (): void => {
    if (restored) return
    const waiting: Buffer | null = fromContainer.read()
    if (waiting !== null) process.stdout.write(waiting)
    for (let rest = readNow(spare); rest !== null; rest = readNow(spare)) process.stdout.write(rest)
  }
  const end = new Promise<void>(resolve => {
    for (const event of ['end', 'error', 'close']) {
      fromContainer.on(event, () => {
        passRest()
        resolve()
      })
    }
  })
  fromContainer.on('data', (chunk: Buffer) => {
    if (failed || process.stdout.write(chunk)) return
    fromContainer.pause()
    process.stdout.once('drain', () => fromContainer.resume())
  })

  const ours = process.stdin
  const raw = interactive && ours.isTTY
  let failed = false
  process.stdout.on('error', error => {
    failed = true
    fromContainer.resume() // what comes yet is thrown away, so that the writer is not held up on its way out
    onUnread(error)
  })
  if (interactive) ours.on('error', () => undefined) // a terminal that hangs up: SIGHUP says so too, and is acted on
  const onInput = (chunk: Buffer): void => void fromContainer.write(chunk)
  const onResize = (): void => resize(master, process.stdout.rows, process.stdout.columns)
  if (raw) makeRaw()
  if (interactive) ours.on('data', onInput)
  if (process.stdout.isTTY) process.stdout.on('resize', onResize)

  const restore = (): void => {
    if (restored) return
    restored = true
    process.off('exit', restore)
    process.stdout.off('resize', onResize)
    if (raw) ours.setRawMode(false)
    if (interactive) ours.off('data', onInput).pause()
    fromContainer.destroy()
    fs.closeSync(spare)
  }
  process.on('exit', restore) // also after an uncaught error
  return { drained: () => end, restore }
}

/** What is there without waiting; null when there is nothing, or EIO: nobody is left inside (pty(7)). */
function readNow(fd: number): Buffer | null {
  const buffer = Buffer.alloc(65_536)
  try {
    const length = fs.readSync(fd, buffer)
    return length === 0 ? null : buffer.subarray(0, length)
  } catch {
    return null
  }
}

/**
 * termios(3). Node's raw mode still turns each line feed into carriage return and line feed; the terminal inside has done
 * that already. What was before, Node remembers.
 */
function makeRaw(): void {
  process.stdin.setRawMode(true)
  const termios = new Uint32Array(32) // flags of input, output, control, local; then characters and speeds
  call('int tcgetattr(int fd, void *termios)', process.stdin.fd, termios)
  termios[1] = termios[1]! & ~modes.OPOST
  call('int tcsetattr(int fd, int when, void *termios)', process.stdin.fd, modes.TCSADRAIN, termios)
}

/** struct winsize: rows, columns, and two that nobody uses. */
function resize(master: number, rows: number, columns: number): void {
  const size = new Uint16Array([rows, columns, 0, 0])
  try {
    call('int ioctl(int fd, unsigned long request, ...)', master, ioctls.TIOCSWINSZ, 'void *', size)
  } catch {
    // the other end is gone already
  }
}
