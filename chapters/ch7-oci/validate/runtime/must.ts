/** A MUST of the spec, and what becomes of it here. Pure. */

export interface Must {
  /** Page and heading. */
  readonly section: string
  readonly what: string
  /** Checks that ask for it; none: there is a reason. */
  readonly by: readonly string[]
  readonly reason?: string
}

/** @param rows what MUST hold, and the IDs of checks, parted by spaces */
export const asked = (section: string, rows: Readonly<Record<string, string>>): Must[] =>
  Object.entries(rows).map(([what, ids]) => ({ section, what, by: ids.split(' ') }))

export const unasked = (section: string, reason: string, rows: readonly string[]): Must[] =>
  rows.map(what => ({ section, what, by: [], reason }))

/** Reasons that more than one page has. */
export const reasons = {
  platform: 'for another platform than Linux',
  author: 'asked of who writes config.json: ch7 validate config looks at it',
  optional: 'of something that a runtime need not do, and that cannot be provoked',
} as const
