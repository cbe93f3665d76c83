/** `ch7 validate runtime`, and what it says. */

import * as fs from 'node:fs'
import { run } from './cli.js'
import type { World } from './world.js'

interface Asked {
  readonly id: string
  readonly result: 'ok' | 'broken' | 'skipped'
  readonly found?: string
}

interface Report {
  readonly code: number
  readonly checks: readonly Asked[]
  readonly musts: { readonly total: number; readonly checked: number; readonly unchecked: readonly object[] }
}

/** @param prefix what runs in front of it, `unshare --mount …`. @throws when it does not end, or leaves files behind */
export async function validateRuntime(
  world: World,
  args: readonly string[],
  prefix: readonly string[] = [],
): Promise<Report> {
  const temporary = world.path()
  fs.mkdirSync(temporary)
  const { code, stdout, stderr } = await run(world, ['ch7', 'validate', 'runtime', '--json', ...args], {
    env: { TMPDIR: temporary },
    prefix,
    seconds: 600,
  })
  if (stdout === '') throw new Error(stderr)
  const left = fs.readdirSync(temporary)
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`)
  return { code, ...JSON.parse(stdout) }
}

/** `id: what was found`, sorted. */
export const resultsOf = (checks: readonly Asked[], wanted: Asked['result']): string[] =>
  checks
    .filter(({ result }) => result === wanted)
    .map(({ id, found }) => (found === undefined ? id : `${id}: ${found}`))
