/** The step of the plan that a wall is: the first that is not there, or another, when the wall is left out. */

import { ch7 } from '#chapters/ch7-oci/index'
import { passesOf } from '#core/chapter'
import { collect } from '#core/plan/assemble'
import { words } from '#core/plan/ops'
import { cannedFacts } from '#core/sys/facts'
import { nonce, type World } from '#support/world'
import type { RecordedWall, WallName } from '../../../site/.vitepress/theme/toys/escape-data.js'
import { type Attack, guarded } from './attack.js'
import { specWithout, stepsWithout, walls } from './walls.js'

/** What is done to seal a copy is not in the plan: it is how the stage is started that performs one. */
const noStep: Readonly<Partial<Record<WallName, Pick<RecordedWall, 'call' | 'phase'>>>> = {
  'sealed-copy': { call: 'memfd_create("mini-docker:stage", MFD_ALLOW_SEALING), fcntl(F_ADD_SEALS)', phase: '' },
}

export function stepOf(world: World, attack: Attack, wall: WallName): RecordedWall {
  const { chapter, file } = walls[wall]
  const other = noStep[wall]
  if (other !== undefined) return { chapter, file, ...other }
  const directory = world.directoryOf({})
  const place = { world, directory, nonce: nonce(), secret: `${directory}/secret` }
  const { change = spec => spec, after } = attack.prepare(place)
  try {
    const wished = change(guarded(place, attack.script, {}))
    const spec = { ...wished, root: { path: '/srv/rootfs' }, linux: { ...wished.linux, cgroupsPath: 'web' } }
    const steps = (without: readonly WallName[]) => {
      const weak = specWithout(spec, without)
      return stepsWithout(collect(passesOf(ch7.parts), weak, cannedFacts.v2).steps, spec, without)
    }
    const rest = new Set(steps([wall]).map(words))
    const step = steps([]).find(one => !rest.has(words(one)) && words(one).includes(attack.shows ?? ''))
    if (step === undefined) throw new Error(`${wall} is no step of the plan against ${attack.name}`)
    return { chapter, file, call: words(step), phase: step.phase }
  } finally {
    after?.()
  }
}
