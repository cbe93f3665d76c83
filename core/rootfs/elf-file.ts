/** An ELF file on the disk, read where readElf looks: of a program of a hundred megabytes, some pages. */

import * as fs from 'node:fs'
import { type Elf, readElf } from './elf.js'

const WINDOW = 1 << 16

/** @throws what `readElf` throws, and Node's own errors of the file system */
export function readElfAt(path: string): Elf {
  const fd = fs.openSync(path, 'r')
  try {
    const { size: length } = fs.fstatSync(fd)
    let window = new Uint8Array(0)
    let start = 0
    const read = (offset: number, size: number): Uint8Array => {
      if (offset < start || offset + size > start + window.length) {
        const bytes = Buffer.alloc(Math.max(WINDOW, size))
        window = bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, offset))
        start = offset
      }
      return window.subarray(offset - start, offset - start + size)
    }
    return readElf({ length, read })
  } finally {
    fs.closeSync(fd)
  }
}
