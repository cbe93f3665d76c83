/** Lists of processors and of memory nodes: `0-3,7`. Pure. Source: config.md "execCPUAffinity", config-linux.md "Memory Policy", cpuset(7). */

/** Nothing has more of them: NR_CPUS of the kernel is at most 8192, its nodes are 1024. */
const MOST = 8191

/** @returns in their order, each once; null: it is no such list */
export function numbersOf(list: string): readonly number[] | null {
  if (list.trim() === '') return []
  const numbers = new Set<number>()
  for (const range of list.split(',')) {
    const [, from, to = from] = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(range) ?? []
    if (from === undefined || Number(from) > Number(to) || Number(to) > MOST) return null
    for (let number = Number(from); number <= Number(to); number++) numbers.add(number)
  }
  return [...numbers].sort((a, b) => a - b)
}

/** Bit n for number n, in whole words of the machine. */
export function bitmapOf(numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array((Math.floor(Math.max(0, ...numbers) / 64) + 1) * 8)
  for (const number of numbers) bytes[number >> 3]! |= 1 << (number & 7)
  return bytes
}
