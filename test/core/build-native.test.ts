/** The C, compiled from sources that are in order and from some that are not. */

import * as fs from 'node:fs'
import * as os from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildNative } from '#core/exec/build-native'
import { needs } from '#support/needs'

const here = needs('linux', 'gcc')
const scratch = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-native-`)
test.after(() => fs.rmSync(scratch, { recursive: true }))

function sourcesOf(text: string): string {
  const sources = fs.mkdtempSync(`${scratch}/sources-`)
  fs.writeFileSync(`${sources}/main.c`, text)
  return `${sources}/`
}
const build = (text: string) => buildNative(`${scratch}/out`, ['mini-docker-stage'], sourcesOf(text))!

here('buildNative says what the compiler said and leaves no old binary when the sources do not compile', () => {
  assert.is(build('int main(void) { return 0; }\n').done, true)
  assert.equal(fs.readdirSync(`${scratch}/out`), ['mini-docker-stage'])
  const { done, said } = build('int main(void) { return nothing; }\n')
  assert.is(done, false)
  assert.match(said, /main\.c:1.*nothing/)
  assert.equal(fs.readdirSync(`${scratch}/out`), [])
})

here('buildNative passes warnings on when the sources compile with some', () => {
  const { done, said } = build('int main(void) { int unused; return 0; }\n')
  assert.is(done, true)
  assert.match(said, /warning: .*unused/)
})

here('the sources of the stage compile without a warning when they are built', () => {
  const { done, said } = buildNative(`${scratch}/real`)!
  assert.equal([done, said], [true, ''])
})

test.run()
