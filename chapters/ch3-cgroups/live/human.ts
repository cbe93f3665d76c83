/** Quantities for people, as docker stats writes them: three figures or four, a unit of 1024 (or 1000 for the network). Pure. */

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
const decimal = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

export const humanBytes = (bytes: number): string => human(bytes, 1024, binary)
export const humanDecimal = (bytes: number): string => human(bytes, 1000, decimal)

function human(bytes: number, base: number, units: readonly string[]): string {
  let unit = 0
  let number = bytes
  while (number >= base && unit < units.length - 1) {
    number /= base
    unit++
  }
  return `${Number(number.toPrecision(4))}${units[unit]}`
}
