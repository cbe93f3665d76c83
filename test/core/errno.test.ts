import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'

const script = fileURLToPath(new URL('../support/errno-without-heap.js', import.meta.url))

needs('linux')('a call that fails says why when the memory that Node asks for next is refused', async () => {
  const said: string[] = []
  for (let kilobytes = 0; kilobytes < 1500; kilobytes += 50) {
    const { stdout } = await promisify(execFile)(process.execPath, [script, String(kilobytes)])
    said.push(stdout.split(' ')[0]!)
  }
  assert.equal([...new Set(said)], ['ENOENT'])
})

test.run()
