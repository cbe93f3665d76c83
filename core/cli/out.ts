/** Text for stdout and stderr. Synchronous and unbuffered: process.stdout would leave O_NONBLOCK on a pipe that the container shares. */

import * as fs from 'node:fs'

/** @returns whether somebody still reads */
export const out = (text: string): boolean => write(1, text)
export const err = (text: string): boolean => write(2, text)

function write(fd: number, text: string): boolean {
  const bytes = Buffer.from(text)
  let at = 0
  while (at < bytes.length) {
    try {
      at += fs.writeSync(fd, bytes, at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') continue // a pipe whose reader is slow
      if (code === 'EPIPE' || fd === 2) return false // and one whose reader has gone; where errors go, none can be told
      throw error
    }
  }
  return true
}
