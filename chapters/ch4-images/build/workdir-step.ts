/** WORKDIR makes its directory when it is missing, for the user who is set. */

import { cacheKeyText } from '../parts-in-use.js'
import { accountIn } from '../snapshot/account-in.js'
import type { Resolved } from '../snapshot/resolve-in-layers.js'
import { type Building, lookInto, resolveIn, type Work } from './building.js'
import { keyOf } from './cache-records.js'
import { aboveOf, directoryAt } from './placing.js'
import { chainIdOf, type StageState } from './stage-state.js'
import { writeLayer } from './write-layer.js'

export function workdirWork(building: Building, state: StageState, path: string, platform: string): Work {
  const user = state.config.User ?? ''
  const key = keyOf(cacheKeyText({ chainId: chainIdOf(state), platform }, { kind: 'WORKDIR', path, user }))
  return {
    key,
    make: async () => {
      const [{ path: real, missing }] = (await resolveIn(building, state, [path])) as [Resolved]
      if (missing === 0) return null
      const files = await lookInto(building, state, layers => {
        const owner = accountIn(layers, user)
        const now = BigInt(Date.parse(building.now)) * 1_000_000n
        return aboveOf(real, missing).map(directory =>
          directoryAt(directory, { owner: { uid: owner.uid, gid: owner.gid }, mode: null, now }),
        )
      })
      return writeLayer(building, files)
    },
  }
}
