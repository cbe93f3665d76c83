/** Unix sockets from Node: what comes, what does not come yet, and what went wrong. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fcntlCommands } from '#core/sys/constants'
import { call, type Errno } from '#core/sys/libc'
import { receive, receiveSync, send, socketpair } from '#core/sys/socket'
import { needs } from '#support/needs'

const here = needs('linux')
const soon = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 50))
/** fcntl(2): a call that finds nothing then fails with EAGAIN, instead of waiting. */
const neverWaits = (fd: number): number =>
  call('int fcntl(int fd, int command, ...)', fd, fcntlCommands.F_SETFL, 'int', fs.constants.O_NONBLOCK)

here('receive waits when nothing is there and the socket itself does not wait', async () => {
  const [near, far] = socketpair()
  neverWaits(near)
  const into = Buffer.alloc(8)
  const received = receive(near, into)
  await soon()
  send(far, Buffer.from('late'))
  assert.equal(await received, { length: 4, fd: null })
  assert.is(into.toString('latin1', 0, 4), 'late')
  for (const fd of [near, far]) fs.closeSync(fd)
})

here('receive gives the fd that came along when it had to ask again', async () => {
  const [near, far] = socketpair()
  neverWaits(near)
  const received = receive(near, Buffer.alloc(8))
  await soon()
  send(far, Buffer.from('with'), far)
  const { length, fd } = await received
  assert.is(length, 4)
  assert.is(fs.fstatSync(fd!).ino, fs.fstatSync(far).ino)
  for (const open of [near, far, fd!]) fs.closeSync(open)
})

here('receive tells an end from an error when nothing comes any more', async () => {
  const [near, far] = socketpair()
  fs.closeSync(far)
  assert.equal(await receive(near, Buffer.alloc(8)), { length: 0, fd: null })
  fs.closeSync(near)
  const file = fs.openSync('/dev/null', 'r')
  const failed = await receive(file, Buffer.alloc(8)).catch(({ code }: Errno) => code)
  assert.is(failed, 'ENOTSOCK')
  fs.closeSync(file)
})

here('receive takes it for the end when the other end is closed with something unread in it', async () => {
  for (const ask of [receive, receiveSync]) {
    const [near, far] = socketpair()
    send(near, Buffer.from('unread'))
    fs.closeSync(far)
    assert.equal(await ask(near, Buffer.alloc(8)), { length: 0, fd: null })
    fs.closeSync(near)
  }
})

test.run()
