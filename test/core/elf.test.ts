import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MiniDockerError } from '#core/errors'
import { readElf } from '#core/rootfs/elf'

/** The test's own program: an ELF file wherever these tests run. */
const node = fs.realpathSync(process.execPath)
const real = ['/bin/sh', '/bin/ls', '/bin/busybox']
  .filter(file => fs.existsSync(file))
  .map(file => fs.readFileSync(file))
const shell = real[0]!

function readsOrRefuses(bytes: Uint8Array): void {
  try {
    const elf = readElf(bytes)
    assert.ok(elf.class === 32 || elf.class === 64)
  } catch (error) {
    if (!(error instanceof MiniDockerError)) throw error
    assert.is(error.class, 'InvalidArgument')
  }
}

/** A little file by hand: header, one PT_LOAD over all of it, PT_DYNAMIC, PT_INTERP, string table. */
function handMade({ wide, little }: { wide: boolean; little: boolean }): Uint8Array {
  const bytes = Buffer.alloc(1024)
  const put = (at: number, size: number, value: number) =>
    little ? bytes.writeUIntLE(value, at, size) : bytes.writeUIntBE(value, at, size)
  const word = (at: number, value: number) => put(wide && !little ? at + 4 : at, 4, value)
  bytes.write('\x7fELF', 0, 'latin1')
  bytes[4] = wide ? 2 : 1
  bytes[5] = little ? 1 : 2
  put(18, 2, 62)
  word(wide ? 32 : 28, 64)
  put(wide ? 54 : 42, 2, wide ? 56 : 32)
  put(wide ? 56 : 44, 2, 3)
  const base = 0x10000
  const segments = [
    { type: 1, offset: 0, address: base, size: 1024 },
    { type: 2, offset: 300, address: base + 300, size: 128 },
    { type: 3, offset: 600, address: base + 600, size: 12 },
  ]
  segments.forEach(({ type, offset, address, size }, index) => {
    const at = 64 + index * (wide ? 56 : 32)
    put(at, 4, type)
    word(at + (wide ? 8 : 4), offset)
    word(at + (wide ? 16 : 8), address)
    word(at + (wide ? 32 : 16), size)
  })
  bytes.write('/lib/ld.so\0', 600, 'latin1')
  bytes.write('\0libone.so\0libtwo.so\0$ORIGIN/../lib:/opt/lib\0/old\0', 700, 'latin1')
  const half = wide ? 8 : 4
  const tags = [
    [1, 1],
    [1, 11],
    [29, 21],
    [15, 45],
    [5, base + 700],
    [0, 0],
  ] as const
  tags.forEach(([tag, value], index) => {
    word(300 + index * 2 * half, tag)
    word(300 + index * 2 * half + half, value)
  })
  return bytes
}

for (const wide of [true, false]) {
  for (const little of [true, false]) {
    test(`readElf finds interpreter, libraries and paths when the file is ${wide ? 64 : 32} bit, ${little ? 'little' : 'big'} endian`, () => {
      assert.equal(readElf(handMade({ wide, little })), {
        class: wide ? 64 : 32,
        machine: 62,
        interpreter: '/lib/ld.so',
        needed: ['libone.so', 'libtwo.so'],
        rpath: ['/old'],
        runpath: ['$ORIGIN/../lib', '/opt/lib'],
      })
    })
  }
}

test('readElf names what ldd names when the program is dynamic', () => {
  for (const file of [node, '/bin/sh', '/bin/ls']) {
    const { interpreter, needed } = readElf(fs.readFileSync(file))
    if (interpreter === null) continue
    const shown = execFileSync('ldd', [file], { encoding: 'utf8' })
    for (const name of [...needed, interpreter]) assert.ok(shown.includes(name), `${file}: ${name}`)
  }
})

test('readElf refuses when the file is no ELF file', () => {
  for (const text of ['', '#!/bin/sh\n', '\x7fELF', '\x7fELF\x02\x01\x01', 'x'.repeat(100)]) {
    assert.throws(
      () => readElf(Buffer.from(text, 'latin1')),
      (error: MiniDockerError) => error.class === 'InvalidArgument',
    )
  }
})

test('readElf refuses when a real program is cut inside its segments', () => {
  const half = shell.subarray(0, shell.length >> 1)
  assert.throws(
    () => readElf(half),
    (error: MiniDockerError) => error.class === 'InvalidArgument',
  )
})

test('readElf reads or refuses when the bytes are random', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), readsOrRefuses), { numRuns: 500 })
})

test('readElf reads or refuses when random bytes follow a valid identification', () => {
  const ident = fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(1, 2))
  const property = fc.property(ident, fc.uint8Array({ minLength: 48, maxLength: 600 }), ([width, order], rest) => {
    readsOrRefuses(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, width, order, 1, 0, ...rest]))
  })
  fc.assert(property, { numRuns: 1000 })
})

test('readElf reads or refuses when a real program is cut anywhere', () => {
  const lengths = fc.oneof(fc.nat(2048), fc.nat(shell.length))
  fc.assert(
    fc.property(fc.constantFrom(...real), lengths, (file, length) => readsOrRefuses(file.subarray(0, length))),
    {
      numRuns: 500,
    },
  )
})

test('readElf reads or refuses when bytes of a valid file are changed', () => {
  const changes = fc.array(fc.tuple(fc.nat(1023), fc.nat(255)), { minLength: 1, maxLength: 12 })
  const property = fc.property(fc.boolean(), fc.boolean(), changes, (wide, little, list) => {
    const bytes = handMade({ wide, little })
    for (const [at, value] of list) bytes[at] = value
    readsOrRefuses(bytes)
  })
  fc.assert(property, { numRuns: 2000 })
})

test.run()
