/** What plain functions return, as TypeScript's types say it: their answers come out of the sandbox as anything at all. */

import { fail } from '#core/errors'
import type { Lab } from '#labs/index'
import { left, list, nothing, number, oneOf, or, record, type Shape, text, yesOrNo } from './shapes.js'

const tagged = (tag: string, rows: Readonly<Record<string, Readonly<Record<string, Shape>>>>): Shape =>
  or(...Object.entries(rows).map(([name, fields]) => record({ [tag]: oneOf(name), ...fields })))

/** Right or not: it may become a file's name. */
const digest: Shape = value => typeof value === 'string' && /^sha256:[0-9a-f]+$/.test(value)

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
  covers: yesOrNo,
  parseScopes: list(record({ type: text, name: text, actions: list(text) })),
  readReference: or(
    record({ domain: text, path: text, tag: or(nothing, text), digest: or(nothing, digest) }),
    record({ wrong: oneOf('digest', 'tag', 'id', 'host', 'repository', 'length'), text }),
  ),
  pieceOf: tagged('kind', { append: {}, restart: {}, discard: {}, refuse: { why: text } }),
  afterUpload: tagged('at', {
    look: { restarts: number },
    begin: { restarts: number, mounts: list(text) },
    whole: { restarts: number, location: text },
    ask: { restarts: number, location: text },
    finish: { restarts: number, location: text },
    chunk: { restarts: number, location: text, offset: number, least: number },
    done: { how: oneOf('exists', 'mounted', 'pushed'), from: or(left, text) },
    failed: { why: text },
  }),
  filterOf: list(
    tagged('op', {
      load: { at: number },
      and: { mask: number },
      jump: {
        when: oneOf('equal', 'greater', 'at-least'),
        value: number,
        yes: or(nothing, text),
        no: or(nothing, text),
      },
      label: { name: text },
      return: { value: number },
    }),
  ),
  reduce: or(
    record({ state: or(nothing, oneOf('creating', 'created', 'running', 'paused', 'stopped')) }),
    record({ refused: text }),
  ),
  garbageOf: record({
    revisions: list(record({ digest, subject: or(nothing, digest) })),
    layers: list(digest),
    kept: list(digest),
  }),
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
