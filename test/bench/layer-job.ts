/** What tar does, by our layers, as a process: `unpack BLOB DIRECTORY` or `pack DIRECTORY BLOB`. Prints the most memory it had. */

import * as fs from 'node:fs'
import { packLayer } from '#chapters/ch4-images/layer/pack'
import { unpackLayer } from '#chapters/ch4-images/layer/unpack'

const [verb, from = '', to = ''] = process.argv.slice(2)
const done =
  verb === 'unpack'
    ? unpackLayer({ blob: fs.openSync(from, 'r'), root: to })
    : packLayer({ root: from, out: fs.openSync(to, 'w'), compression: 'gzip', level: 6 })
done.then(
  () => console.log(process.resourceUsage().maxRSS),
  error => {
    console.error(error)
    process.exitCode = 1
  },
)
