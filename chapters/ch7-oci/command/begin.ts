/** What a bin does: one command, and the end of the process. */

import { endAtOnce } from '#core/sys/libc'

export function begin(program: (argv: readonly string[]) => Promise<number>): void {
  program(process.argv.slice(2))
    .catch(error => {
      process.stderr.write(`mini-runc: ${(error as Error).stack}\n`)
      return 1
    })
    .then(code => {
      endAtOnce(code)
      process.exit(code)
    })
}
