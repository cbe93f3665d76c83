import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { MiniDockerError } from '#core/errors'
import { readInRoot } from '#core/rootfs/in-root'

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'in-root-'))
const root = path.join(scratch, 'root')
fs.mkdirSync(path.join(root, 'etc/deep'), { recursive: true })
fs.writeFileSync(path.join(scratch, 'secret'), 'outside')
fs.writeFileSync(path.join(root, 'secret'), 'inside')
fs.writeFileSync(path.join(root, 'etc/empty'), '')
test.after(() => fs.rmSync(scratch, { recursive: true }))

function link(text: string, name: string): string {
  fs.symlinkSync(text, path.join(root, name))
  return `/${name}`
}

function reads(file: string): string | undefined {
  return readInRoot(root, file)?.toString()
}

function refusal(file: string): string {
  try {
    readInRoot(root, file)
  } catch (error) {
    return `${(error as MiniDockerError).class}: ${(error as MiniDockerError).message}`
  }
  return 'none'
}

test('readInRoot reads when the path is plain, relative or has dots', () => {
  for (const file of ['/secret', 'secret', '//etc/.././secret', 'etc/deep/../../secret'])
    assert.is(reads(file), 'inside')
  assert.is(reads('/etc/empty'), '')
})

test('readInRoot stays inside when dots or links lead out', () => {
  const absolute = link('/secret', 'absolute')
  const dots = link('../../../../../../secret', 'dots')
  const directory = link(`${scratch}`, 'directory')
  const up = link('../..', 'etc/up')
  for (const file of ['/../secret', '/../../etc/../../secret', absolute, dots, `${up}/secret`]) {
    assert.is(reads(file), 'inside', file)
  }
  assert.is(reads(`${directory}/secret`), undefined)
})

test('readInRoot returns null when nothing is there', () => {
  const dangling = link('/nowhere', 'dangling')
  for (const file of ['/nope', '/nope/below', '/secret/below', dangling]) assert.is(readInRoot(root, file), null, file)
})

test('readInRoot refuses when links lead in a circle', () => {
  link('circle-b', 'circle-a')
  link('circle-a', 'circle-b')
  assert.match(refusal('/circle-a'), /FailedPrecondition.*ELOOP/)
})

test('readInRoot follows forty links and no more when links are chained', () => {
  fs.writeFileSync(path.join(root, 'chain-0'), 'end')
  for (let index = 1; index <= 41; index++) link(`chain-${index - 1}`, `chain-${index}`)
  assert.is(reads('/chain-40'), 'end')
  assert.match(refusal('/chain-41'), /ELOOP/)
})

test('readInRoot refuses and does not hang when the file is a FIFO, socket, device or directory', () => {
  execFileSync('mkfifo', [path.join(root, 'fifo')])
  for (const file of ['/fifo', '/etc', '/', ''])
    assert.match(refusal(file), /FailedPrecondition.*not a regular file/, file)
})

test('readInRoot refuses when the file is larger than a mebibyte', () => {
  fs.writeFileSync(path.join(root, 'full'), Buffer.alloc(1 << 20))
  fs.writeFileSync(path.join(root, 'large'), Buffer.alloc((1 << 20) + 1))
  assert.is(readInRoot(root, '/full')?.length, 1 << 20)
  assert.match(refusal('/large'), /larger than/)
})

test('readInRoot says which when the root is missing', () => {
  assert.throws(
    () => readInRoot(path.join(scratch, 'none'), '/x'),
    (error: MiniDockerError) => error.class === 'NotFound',
  )
})

test('readInRoot leaves no descriptor open when it returns or throws', () => {
  const count = () => fs.readdirSync('/proc/self/fd').length
  const before = count()
  for (let index = 0; index < 20; index++) {
    reads('/etc/deep/../../secret')
    reads('/etc/deep/none')
    refusal('/etc/deep')
    refusal('/circle-a')
  }
  assert.is(count(), before)
})

test.run()
