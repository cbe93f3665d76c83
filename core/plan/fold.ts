/** Of many rows that are alike, one after another, one stands for all: an escape climbs 64 times. Pure. */

/** So few are shown one by one. */
const MOST_ALIKE = 4

/** @returns rows to be shown, and in the place of those that are left out how many they are */
export function fold<T extends object>(rows: readonly T[], textOf: (row: T) => string): (T | number)[] {
  const shown: (T | number)[] = []
  const texts = rows.map(textOf)
  for (let at = 0; at < rows.length; ) {
    let end = at + 1
    while (end < rows.length && texts[end] === texts[at]) end++
    if (end - at <= MOST_ALIKE) shown.push(...rows.slice(at, end))
    else shown.push(rows[at]!, end - at - 1)
    at = end
  }
  return shown
}

/** What stands in their place. */
export const moreAlike = (count: number): string => `and ${count} more like it`
