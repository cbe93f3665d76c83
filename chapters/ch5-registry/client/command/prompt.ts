/** A line from the terminal; a password's letters are not shown. */

import { ReadStream } from 'node:tty'
import { err } from '#core/cli/print'
import { fail } from '#core/errors'

const LINE_MAX = 4096

/** In raw mode, where the terminal shows nothing by itself: what is shown is what we write. */
export function ask(echo: boolean): Promise<string> {
  const input = new ReadStream(0)
  input.setRawMode(true)
  input.setEncoding('utf8')
  return new Promise<string>((resolve, reject) => {
    let line = ''
    const end = (act: () => void): void => {
      input.setRawMode(false)
      input.destroy()
      err('\n')
      act()
    }
    input.on('data', (text: unknown) => {
      for (const char of String(text)) {
        if (char === '\r' || char === '\n') return end(() => resolve(line))
        if (char === '\x03' || (char === '\x04' && line === '')) {
          return end(() => reject(interrupted()))
        }
        if (char === '\x7f' || char === '\b') {
          if (echo && line !== '') err('\b \b')
          line = line.slice(0, -1)
        } else if (char >= ' ' && line.length < LINE_MAX) {
          line += char
          if (echo) err(char)
        }
      }
    })
  })
}

function interrupted(): unknown {
  try {
    return fail('FailedPrecondition', { what: 'login', why: 'was given up', exit: 130 })
  } catch (error) {
    return error
  }
}
