/**
 * Records what the site shows: `node dist/test/support/record/main.js [plans] [namespaces] [casts] [cgroups] [registry] [escapes] [times]`, all but the last when none is
 * named; durations of plans stay as they are unless `times` are asked for. Needs root and a few programs; everything happens in namespaces of its own (machine.ts).
 */

import { repository } from '#support/repository'
import { recordEscapes } from './escapes.js'
import { missingForMachine, recordOn } from './machine.js'

const missing = missingForMachine()
if (missing !== null) {
  console.error(`recording needs ${missing}`)
  process.exit(1)
}
const named = process.argv.slice(2)
const kinds = ['plans', 'namespaces', 'casts', 'cgroups', 'registry'].filter(
  kind => named.length === 0 || named.includes(kind),
)
// each on a machine of its own: a lease that was given out makes the next one another
for (const kind of kinds)
  recordOn({ what: named.includes('times') ? [kind, 'times'] : [kind], into: `${repository}site` })
if (named.length === 0 || named.includes('escapes')) await recordEscapes(`${repository}site`)
