import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { abis, multiplexed, numbersIn } from '#chapters/ch7-oci/seccomp/arch'
import { syscallNumbers } from '#core/sys/constants'
import { which } from '#core/sys/probe'
import { repository } from '#support/repository'
import { fileOf, hasHeaders, numbersFromHeaders, sourceOf, tableNames, textOf } from '../../scripts/syscall-tables.js'

const written: Readonly<Record<(typeof tableNames)[number], string>> = {
  'x86-64': 'SCMP_ARCH_X86_64',
  x32: 'SCMP_ARCH_X32',
  x86: 'SCMP_ARCH_X86',
  arm64: 'SCMP_ARCH_AARCH64',
  arm: 'SCMP_ARCH_ARM',
}

for (const name of tableNames) {
  const run = (title: string, body: () => void): void => {
    if (which('gcc') !== null && hasHeaders(name)) test(title, body)
    else test(title, () => console.log(`\nskipped: ${title}: needs gcc and the kernel's headers of ${name}`))
  }
  run(`the table of ${name} has the numbers of the kernel's headers when they are there`, () => {
    const abi = abis.find(one => one.name === written[name])!
    const [ours, theirs] = [abi.numbers(), numbersFromHeaders(name)]
    assert.ok(theirs.size > 250, `${theirs.size}`)
    const other = [...theirs].filter(([call, number]) => ours.get(call) !== number)
    const newest = Math.max(...ours.values())
    // headers may be newer than the table; what it has must be right
    assert.equal(
      other.filter(([call, number]) => ours.has(call) || number <= newest),
      [],
    )
    if (!theirs.has('cachestat')) assert.is(fs.readFileSync(`${repository}${fileOf(name)}`, 'utf8'), sourceOf(name))
  })
}

test('names and numbers come back when a table is written and read', () => {
  const calls = [
    ['read', 0],
    ['write', 1],
    ['close', 5],
    ['also_close', 5],
    ['open', 6],
  ] as const
  assert.is(textOf(calls), 'read write @5 close @5 also_close open')
  assert.equal([...numbersIn(textOf(calls))], calls)
})

test('the tables agree with the numbers that we call ourselves when both have them', () => {
  for (const [name, { x64, arm64 }] of Object.entries(syscallNumbers)) {
    assert.is(
      abis
        .find(abi => abi.name === 'SCMP_ARCH_X86_64')!
        .numbers()
        .get(name),
      x64,
      name,
    )
    assert.is(
      abis
        .find(abi => abi.name === 'SCMP_ARCH_AARCH64')!
        .numbers()
        .get(name),
      arm64,
      name,
    )
  }
})

test('every call that is reached through another has a number of its own there', () => {
  assert.is(multiplexed.socketcall.get('sendmmsg'), 20)
  assert.equal([...multiplexed.ipc.values()], [1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24])
})

test.run()
