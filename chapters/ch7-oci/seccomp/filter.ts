/**
 * From ranges of calls to jumps: the part of a filter that looks at one architecture. Pure. Source: seccomp(2), "Filters";
 * Documentation/userspace-api/seccomp_filter.rst.
 */

import type { Line } from './bpf.js'
import type { Range, Test } from './rules.js'

// #region part
/**
 * The ranges of one architecture as lines of a program: bpf.ts says which there are. The register holds the call's number.
 * Every way through it must end at a return.
 */
export function filterOf(ranges: readonly Range[]): Line[] {
  let labels = 0
  const newLabel = (): string => `line ${labels++}`

  /** By halves: the middle range's first number parts those before it from those behind. */
  function search(some: readonly Range[]): Line[] {
    // #region solution-search
    if (some.length === 1) return inRange(some[0]!)
    const middle = some.length >> 1
    const behind = newLabel()
    return [
      { op: 'jump', when: 'at-least', value: some[middle]!.from, yes: behind, no: null },
      ...search(some.slice(0, middle)),
      { op: 'label', name: behind },
      ...search(some.slice(middle)),
    ]
    // #endregion solution-search
  }

  /** Its rules, one after the other; then what happens when none holds. */
  function inRange({ rules, otherwise }: Range): Line[] {
    // #region solution-rules
    const tried = rules.flatMap(({ tests, action }): Line[] => {
      const next = newLabel()
      return [
        ...tests.flatMap(test => unless(test, next)),
        { op: 'return', value: action },
        { op: 'label', name: next },
      ]
    })
    return [...tried, { op: 'return', value: otherwise }]
    // #endregion solution-rules
  }

  /** Goes on behind it when the test holds, and at `next` when it does not. */
  function unless(test: Test, next: string): Line[] {
    // #region solution-test
    const holds = newLabel()
    const isNegated = test.op === 'not-equal' || test.op === 'less' || test.op === 'at-most'
    const [yes, no] = isNegated ? [next, holds] : [holds, next]
    const lines = test.words.flatMap(({ at, mask, value }, i): Line[] => {
      const load: Line[] =
        mask === 0xffffffff
          ? [{ op: 'load', at }]
          : [
              { op: 'load', at },
              { op: 'and', mask },
            ]
      const isLast = i === test.words.length - 1
      if (test.op === 'equal' || test.op === 'not-equal') {
        return [...load, { op: 'jump', when: 'equal', value, yes: isLast ? yes : null, no }]
      }
      if (!isLast) {
        // the upper word decides, unless they are equal
        return [
          ...load,
          { op: 'jump', when: 'greater', value, yes, no: null },
          { op: 'jump', when: 'equal', value, yes: null, no },
        ]
      }
      const when = test.op === 'greater' || test.op === 'at-most' ? 'greater' : 'at-least'
      return [...load, { op: 'jump', when, value, yes, no }]
    })
    return [...lines, { op: 'label', name: holds }]
    // #endregion solution-test
  }

  return search(ranges)
}
// #endregion part
