/** The bin `mini-runc`. */

import { endAtOnce } from '#core/sys/libc'
import { main } from './main.js'

main(process.argv.slice(2))
  .catch(error => {
    process.stderr.write(`mini-runc: ${(error as Error).stack}\n`)
    return 1
  })
  .then(code => {
    endAtOnce(code)
    process.exit(code)
  })
