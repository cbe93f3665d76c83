/**
 * mini-runc with walls left out, by the way that `ch7 try --lab` puts a learner's part in: WALL,WALL… ARG… Nobody else's program
 * would offer that; ours is asked here by its own tests.
 */

import { register } from 'node:module'
import type { Pass } from '#core/plan/assemble'
import type { WallName } from '../../../site/.vitepress/theme/toys/escape-data.js'
import { specWithout, stepsWithout } from './walls.js'

const [names = '', ...argv] = process.argv.slice(2)
const without = names.split(',').filter(name => name !== '') as WallName[]
if (without.includes('sealed-copy')) register('./unseal.js', import.meta.url)

// only now: they are to be resolved by the hook
const { useParts } = await import('#chapters/ch7-oci/parts-in-use')
const { runtime } = await import('#chapters/ch7-oci/command/runtime')
const { endAtOnce } = await import('#core/sys/libc')

const weakened =
  (pass: Pass): Pass =>
  (spec, facts) =>
    stepsWithout(pass(specWithout(spec, without), facts), spec, without)

const noPasses = ['runtimeHooks', 'reduce']
useParts(
  <F>(key: string, reference: F): F =>
    noPasses.includes(key) ? reference : (weakened(reference as unknown as Pass) as unknown as F),
)
endAtOnce(await runtime(argv))
