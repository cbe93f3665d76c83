/** Sizes as the docker command writes them (github.com/docker/go-units, HumanSize): units of 1000. Pure. */

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Three figures: `72.8MB`. */
export function humanSize(bytes: number, figures = 3): string {
  let unit = 0
  let number = bytes
  while (number >= 1000 && unit < units.length - 1) {
    number /= 1000
    unit++
  }
  return `${Number(number.toPrecision(figures))}${units[unit]}`
}
