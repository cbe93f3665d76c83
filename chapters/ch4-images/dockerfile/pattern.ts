/** A shell's patterns in `${A#p}` and its like: * is any text, ? any character, \ makes the next one plain. */

interface Part {
  readonly kind: 'text' | 'one' | 'any'
  readonly char: string
}

function partsOf(pattern: string): Part[] {
  const parts: Part[] = []
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!
    if (char === '\\' && at + 1 < pattern.length) parts.push({ kind: 'text', char: pattern[++at]! })
    else if (char === '*') parts.push({ kind: 'any', char })
    else if (char === '?') parts.push({ kind: 'one', char })
    else parts.push({ kind: 'text', char })
  }
  return parts
}

/** By going back to the last * only: no pattern makes it slow. */
function matches(parts: readonly Part[], text: string): boolean {
  let part = 0
  let at = 0
  let star = -1
  let resume = 0
  while (at < text.length) {
    const wanted = parts[part]
    if (wanted?.kind === 'any') {
      star = part++
      resume = at
    } else if (wanted !== undefined && (wanted.kind === 'one' || wanted.char === text[at])) {
      part++
      at++
    } else if (star >= 0) {
      part = star + 1
      at = ++resume
    } else return false
  }
  while (parts[part]?.kind === 'any') part++
  return part === parts.length
}

/** Without what matches at one end: as little as possible, or as much. */
export function trimPattern(value: string, pattern: string, where: 'front' | 'end', most: boolean): string {
  const parts = partsOf(pattern)
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => (most ? value.length - length : length))
  for (const length of lengths) {
    if (where === 'front' && matches(parts, value.slice(0, length))) return value.slice(length)
    if (where === 'end' && matches(parts, value.slice(value.length - length)))
      return value.slice(0, value.length - length)
  }
  return value
}

/** The longest match at the first place that has one; then on behind it. */
export function replacePattern(value: string, pattern: string, other: string, all: boolean): string {
  if (pattern === '') return value
  const parts = partsOf(pattern)
  let done = ''
  let at = 0
  while (at < value.length) {
    let end = value.length
    while (end > at && !matches(parts, value.slice(at, end))) end--
    if (end === at) done += value[at++]
    else {
      done += other
      at = end
      if (!all) break
    }
  }
  return done + value.slice(at)
}
