/** What ch4 reads from stdin is waited for, whichever kind of file that is: somebody else may have made the pipe non-blocking. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fcntlCommands } from '#core/sys/constants'
import { call, pipe } from '#core/sys/libc'
import { start } from '#support/cli'
import { needs } from '#support/needs'
import { newWorld, readOr, sleep, until } from '#support/world'

const world = newWorld()
const directory = world.directoryOf({ a: 'A' })
const archive = execFileSync('tar', ['-C', directory, '-c', 'a'])
const empty = world.directoryOf({})

const readers: Readonly<Record<string, readonly [args: readonly string[], input: Buffer]>> = {
  'import -': [['import', '-q', '-', 'imported'], archive],
  'build -f -': [['build', '-q', '-f', '-', empty], Buffer.from('FROM scratch\nENV A=1\n')],
  'build -': [['build', '-q', '-'], Buffer.from('FROM scratch\nENV A=1\n')],
}

for (const [name, [args, input]] of Object.entries(readers)) {
  needs(
    'root',
    'native',
    'tar',
  )(`${name} reads all when its pipe does not wait and the writer is slow`, async () => {
    const { reader, writer } = pipe()
    // fcntl(2): of the open file, which who inherits it shares
    call('int fcntl(int fd, int command, ...)', reader, fcntlCommands.F_SETFL, 'int', fs.constants.O_NONBLOCK)
    const printed = fs.openSync(world.path(), 'w+')
    const cli = start(world, ['ch4', ...args], { stdio: [reader, printed, printed] })
    fs.closeSync(reader)
    const half = Math.floor(input.length / 2)
    fs.writeSync(writer, input.subarray(0, half))
    await until('half of it is read', () => unreadIn(writer) === 0)
    await sleep(100) // now it asks, and nothing is there
    fs.writeSync(writer, input.subarray(half))
    fs.closeSync(writer)
    const { code } = await cli.done
    const said = readOr('', `/proc/self/fd/${printed}`)
    fs.closeSync(printed)
    assert.is(code, 0, said)
    assert.match(said, /^sha256:[0-9a-f]{64}\n$/)
  })
}

/** ioctl_pipe(2), FIONREAD: bytes that nobody has read. */
function unreadIn(fd: number): number {
  const count = new Int32Array(1)
  call('int ioctl(int fd, unsigned long request, void *count)', fd, 0x541b, count)
  return count[0]!
}

test.run()
