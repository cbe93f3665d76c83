/** Tries an attack, with some of its walls left out, and says what was seen and whether it worked. */

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Said } from '#support/bundle'
import { nonce as newNonce, readOr, sleep, until, type World } from '#support/world'
import type { WallName } from '../../../site/.vitepress/theme/toys/escape-data.js'
import { type Attack, guarded, type Place } from './attack.js'

const withoutPath = fileURLToPath(new URL('without.js', import.meta.url))

export interface Tried {
  readonly worked: boolean
  /** What was printed, without what differs from run to run. */
  readonly shown: string
}

export async function tryAttack(world: World, attack: Attack, without: readonly WallName[]): Promise<Tried> {
  const nonce = newNonce()
  const directory = world.directoryOf({})
  const place: Place = { world, directory, nonce, secret: `${directory}/secret` }
  fs.writeFileSync(place.secret, `a file of the host: ${nonce}\n`)
  const { env = {}, change = spec => spec, worked, names = [], after, beside, patience = 0 } = attack.prepare(place)
  const id = `c${nonce}`
  const bundle = world.directoryOf({
    'config.json': JSON.stringify(change(guarded(place, attack.script, { SECRET: place.secret, ...env }))),
  })
  const root = world.path()
  const output = world.path()
  const run = (args: readonly string[], file?: string): Said => {
    const fd = file === undefined ? 'pipe' : fs.openSync(file, 'a')
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [withoutPath, without.join(','), '--root', root, ...args],
      {
        encoding: 'utf8',
        stdio: ['ignore', fd, fd],
        timeout: 60_000,
        env: { ...process.env, ATTACK_STAGE: `${directory}/stage` },
      },
    )
    if (typeof fd === 'number') fs.closeSync(fd)
    return { code: status ?? -1, stdout: stdout ?? '', stderr: stderr ?? '' }
  }
  const stop = async (): Promise<Said> => {
    run(['run', '-d', '-b', bundle, id], output)
    const isThere = (): boolean => JSON.parse(run(['state', id]).stdout).status === 'running'
    for (let tries = 0; tries < 40 && !readOr('', output).includes('opened') && isThere(); tries++) {
      run(['exec', id, ...(beside ?? [])])
    }
    await until('it has ended', () => !isThere())
    return { code: 0, stdout: fs.readFileSync(output, 'utf8'), stderr: '' }
  }
  try {
    const said = beside === undefined ? run(['run', '-b', bundle, id]) : await stop()
    // what the kernel starts for it, nobody waits for
    for (let waited = 0; waited < patience && !worked(said); waited += 100) await sleep(100)
    const all: readonly (readonly [RegExp | string, string])[] = [
      ...names,
      [place.secret, '/srv/secret'],
      [directory, '/srv/host'],
      [nonce, '5f0c2b'],
      [/(?<=: )step \d+/, 'step 69'], // as many as this machine's kernel needs
    ]
    const shown = all.reduce((text, [found, to]) => text.split(found).join(to), said.stdout + said.stderr)
    return { worked: worked(said), shown: shown.trim() }
  } finally {
    run(['delete', '-f', id])
    after?.()
  }
}
