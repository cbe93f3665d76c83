/**
 * The attacks of the escape room, each tried with every choice of the walls that stop it. On this machine and not on one made for it
 * (machine.ts): a hierarchy of cgroups is made by nobody in a cgroup namespace, and each attack is harmless by itself.
 */

import { attacks } from '#support/attacks/attacks'
import { choicesOf } from '#support/attacks/choices'
import { stepOf } from '#support/attacks/step-of'
import { tryAttack } from '#support/attacks/try-attack'
import { newWorld } from '#support/world'
import type {
  EscapeData,
  RecordedAttack,
  RecordedWall,
  Try,
  WallName,
} from '../../../site/.vitepress/theme/toys/escape-data.js'
import { writeData } from './write.js'

export async function recordEscapes(into: string): Promise<void> {
  const world = newWorld()
  const walls: Partial<Record<WallName, RecordedWall>> = {}
  const recorded: RecordedAttack[] = []
  for (const attack of attacks) {
    const { name, cve, script } = attack
    const lacks = attack.missing?.() ?? null
    if (lacks !== null) throw new Error(`${name} needs ${lacks}`)
    for (const wall of attack.walls) walls[wall] ??= stepOf(world, attack, wall)
    const tries: Try[] = []
    for (const without of choicesOf(attack.walls)) {
      const { worked, shown } = await tryAttack(world, attack, without)
      tries.push({ without, worked, said: shown })
    }
    recorded.push({ name, cve, script, walls: attack.walls, tries })
  }
  const data: EscapeData = { version: 1, walls, attacks: recorded }
  writeData(`${into}/data/escapes.json`, data)
}
