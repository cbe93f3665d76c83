/** A program: kills of runs that change the host's network. Started by kill.stress.ts inside a throw-away host. */

import { newWorld } from '#support/world'
import { everyPhase } from './every-phase.js'

const { flags, kills } = JSON.parse(process.argv[2]!) as { flags: readonly string[]; kills: number }
await everyPhase(newWorld(), flags, kills)
