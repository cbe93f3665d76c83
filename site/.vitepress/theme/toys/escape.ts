/** What the escape room shows of the recorded attacks: pure. */

import type { EscapeData, RecordedAttack, Try, WallName } from './escape-data.js'

/** The container without these walls. @throws Error where none was recorded */
export function tryOf({ name, tries }: RecordedAttack, without: ReadonlySet<WallName>): Try {
  const found = tries.find(one => one.without.length === without.size && one.without.every(wall => without.has(wall)))
  if (found === undefined) throw new Error(`${name} was not tried without ${[...without].join(', ')}`)
  return found
}

/** The walls of an attack that stand. */
export const standing = ({ walls }: RecordedAttack, without: ReadonlySet<WallName>): WallName[] =>
  walls.filter(wall => !without.has(wall))

export const triesIn = ({ attacks }: EscapeData): number => attacks.reduce((sum, { tries }) => sum + tries.length, 0)
