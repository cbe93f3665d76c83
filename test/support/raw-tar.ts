/** Archives block by block, as no tar would write them. */

export interface RawEntry {
  readonly name: string
  readonly content?: string | Buffer
  /** '0' a file, '2' a symlink, '5' a directory, 'x' a PAX header … */
  readonly type?: string
  readonly link?: string
  /** What the header says, whatever follows. */
  readonly size?: number
}

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`

export function rawHeader({ name, content = '', type = '0', link = '', size }: RawEntry): Buffer {
  const block = Buffer.alloc(512)
  block.write(name.slice(0, 100), 0, 'latin1')
  block.write(
    octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(size ?? Buffer.byteLength(content), 12) + octal(0, 12),
    100,
  )
  block.write(`        ${type}`, 148)
  block.write(link.slice(0, 100), 157, 'latin1')
  block.write('ustar\0' + '00', 257)
  block.write(
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      7,
    )} `,
    148,
  )
  return block
}

export function rawTar(entries: readonly RawEntry[], end = true): Buffer {
  const parts = entries.flatMap(entry => {
    const content = Buffer.from(entry.content ?? '')
    return [rawHeader(entry), content, Buffer.alloc((512 - (content.length % 512)) % 512)]
  })
  return Buffer.concat([...parts, ...(end ? [Buffer.alloc(1024)] : [])])
}
