/** What plain functions return, as TypeScript's types say it: their answers come out of the sandbox as anything at all. */

import { fail } from '#core/errors'
import type { Lab } from '#labs/index'
import { list, nothing, oneOf, or, record, type Shape, text, yesOrNo } from './shapes.js'

const tagged = (tag: string, rows: Readonly<Record<string, Readonly<Record<string, Shape>>>>): Shape =>
  or(...Object.entries(rows).map(([name, fields]) => record({ [tag]: oneOf(name), ...fields })))

/** By export: a lab has more than one. */
const shapes: Readonly<Record<string, Shape>> = {
  chainIds: list(text),
  meaningOf: tagged('kind', { plain: {}, whiteout: { name: text }, opaque: {}, reserved: {}, invalid: {} }),
  hides: yesOrNo,
  overlayOptions: tagged('type', {
    bind: { source: text, readonly: yesOrNo },
    overlay: { base: text, lower: list(text), upper: or(nothing, text), work: or(nothing, text), options: list(text) },
  }),
  commitSteps: list(
    tagged('do', {
      sync_tree: { path: text },
      lock: {},
      expect_absent: { path: text },
      write: { path: text, text },
      sync: { path: text },
      rename: { from: text, to: text },
      remove: { path: text },
    }),
  ),
  cacheKeyText: text,
}

/** Enough to know it by. */
const LONGEST = 120

/** What keeps it from being that function's answer, null when nothing. */
export function misshapenPlain(name: string, value: unknown): string | null {
  if (shapes[name]!(value)) return null
  const said = JSON.stringify(value) ?? 'nothing'
  return `${name} returned ${said.length > LONGEST ? `${said.slice(0, LONGEST)}…` : said}, which is not in its form`
}

/** @throws MiniDockerError InvalidArgument */
export function dataOf({ id, exports: [name] }: Lab, value: unknown): unknown {
  const wrong = misshapenPlain(name, value)
  return wrong === null ? value : fail('InvalidArgument', { what: `labs/${id}/attempt.ts`, why: wrong })
}
