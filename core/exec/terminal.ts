/**
 * The relay between the user's terminal and the container's: bytes both ways, the window's size one way, and raw mode on
 * ours, because ^C and line editing are the inner one's business. Whatever ends the run, raw mode ends with it.
 */

import * as tty from 'node:tty'
import { call } from '#core/sys/libc'

const TIOCSWINSZ = 0x5414

export interface TerminalRelay {
  /** Resolves when all that the container wrote has been passed on. */
  drained(): Promise<void>
  /** Gives the user's terminal back. Idempotent. */
  restore(): void
}

/** @param master the container's end; @param interactive whether our stdin is passed on */
export function relayTerminal(master: number, interactive: boolean): TerminalRelay {
  const fromContainer = new tty.ReadStream(master)
  const end = new Promise<void>(resolve => {
    fromContainer.on('end', resolve)
    fromContainer.on('error', () => resolve()) // EIO: the last process inside closed its end (pty(7))
    fromContainer.on('close', resolve)
  })
  fromContainer.on('data', (chunk: Buffer) => {
    if (process.stdout.write(chunk)) return
    fromContainer.pause()
    process.stdout.once('drain', () => fromContainer.resume())
  })

  const ours = process.stdin
  const raw = interactive && ours.isTTY
  const onInput = (chunk: Buffer): void => void fromContainer.write(chunk)
  const onResize = (): void => resize(master, process.stdout.rows, process.stdout.columns)
  if (raw) ours.setRawMode(true)
  if (interactive) ours.on('data', onInput)
  if (process.stdout.isTTY) process.stdout.on('resize', onResize)

  let restored = false
  const restore = (): void => {
    if (restored) return
    restored = true
    process.off('exit', restore)
    process.stdout.off('resize', onResize)
    if (raw) ours.setRawMode(false)
    if (interactive) ours.off('data', onInput).pause()
    fromContainer.destroy()
  }
  process.on('exit', restore) // also after an uncaught error
  return { drained: () => end, restore }
}

/** struct winsize: rows, columns, and two that nobody uses. */
function resize(master: number, rows: number, columns: number): void {
  const size = new Uint16Array([rows, columns, 0, 0])
  try {
    call('int ioctl(int fd, unsigned long request, ...)', master, TIOCSWINSZ, 'void *', size)
  } catch {
    // the other end is gone already
  }
}
