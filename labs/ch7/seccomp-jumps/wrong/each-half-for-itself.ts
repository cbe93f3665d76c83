/**
 * Greater is when both halves are greater.
 *
 * @rejected more-or-less
 * @says greater: it gets what happens otherwise
 */

import type { Line } from '#chapters/ch7-oci/seccomp/bpf'
import type { Range, Test } from '#chapters/ch7-oci/seccomp/rules'

export function filterOf(ranges: readonly Range[]): Line[] {
  let labels = 0
  const newLabel = (): string => `line ${labels++}`

  function search(some: readonly Range[]): Line[] {
    if (some.length === 1) return inRange(some[0]!)
    const middle = some.length >> 1
    const behind = newLabel()
    return [
      { op: 'jump', when: 'at-least', value: some[middle]!.from, yes: behind, no: null },
      ...search(some.slice(0, middle)),
      { op: 'label', name: behind },
      ...search(some.slice(middle)),
    ]
  }

  function inRange({ rules, otherwise }: Range): Line[] {
    const tried = rules.flatMap(({ tests, action }): Line[] => {
      const next = newLabel()
      return [
        ...tests.flatMap(test => unless(test, next)),
        { op: 'return', value: action },
        { op: 'label', name: next },
      ]
    })
    return [...tried, { op: 'return', value: otherwise }]
  }

  function unless(test: Test, next: string): Line[] {
    const holds = newLabel()
    const isNegated = test.op === 'not-equal' || test.op === 'less' || test.op === 'at-most'
    const [yes, no] = isNegated ? [next, holds] : [holds, next]
    const lines = test.words.flatMap(({ at, mask, value }, i): Line[] => {
      const load: Line[] = [
        { op: 'load', at },
        { op: 'and', mask },
      ]
      const isLast = i === test.words.length - 1
      if (test.op === 'equal' || test.op === 'not-equal') {
        return [...load, { op: 'jump', when: 'equal', value, yes: isLast ? yes : null, no }]
      }
      if (!isLast) return [...load, { op: 'jump', when: 'at-least', value, yes: null, no }]
      const when = test.op === 'greater' || test.op === 'at-most' ? 'greater' : 'at-least'
      return [...load, { op: 'jump', when, value, yes, no }]
    })
    return [...lines, { op: 'label', name: holds }]
  }

  return search(ranges)
}
