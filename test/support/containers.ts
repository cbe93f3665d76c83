/** A world with an image in it: the world's rootfs, as one layer. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as assert from 'uvu/assert'
import { type Options, type Result, run, start } from './cli.js'
import { leftovers, type World } from './world.js'

export const baseName = 'base'

/** @returns the archive, for who has another data directory */
export function archiveOf(world: World, directory = world.rootfs): string {
  const archive = world.path()
  execFileSync('tar', ['-C', directory, '-cf', archive, '.'])
  return archive
}

export async function importBase(world: World, options: Options = {}, name = baseName): Promise<void> {
  const { code, stderr } = await run(world, ['ch4', 'import', '-q', archiveOf(world), name], options)
  assert.is(code, 0, stderr)
}

/** `mini-docker ch4 …` that has to succeed. */
export async function ch4(world: World, args: readonly string[], options: Options = {}): Promise<Result> {
  const result = await run(world, ['ch4', ...args], { seconds: 60, ...options })
  assert.is(result.code, 0, `ch4 ${args.join(' ')}: ${result.signal ?? ''}${result.stderr}${result.stdout}`)
  return result
}

/** A container that has ended, with what the script wrote. */
export const ended = (world: World, name: string, script: string, ...flags: string[]): Promise<Result> =>
  ch4(world, ['run', '--name', name, ...flags, baseName, 'sh', '-c', script])

/** Runs `body` beside a container that runs, and removes it. */
export async function besideContainer(
  world: World,
  name: string,
  script: string,
  body: () => Promise<void>,
  ...flags: string[]
): Promise<void> {
  const cli = start(
    world,
    ['ch4', 'run', '--name', name, ...flags, baseName, 'sh', '-c', `${script}\necho up; sleep 100`],
    {
      seconds: 120,
    },
  )
  await cli.says(/up\n/)
  try {
    await body()
  } finally {
    await run(world, ['ch4', 'rm', '-f', '-v', name])
    await cli.done
  }
}

/** One line on stderr, exit 125, and that it says. */
export function refused({ code, stderr }: Result, said: RegExp, exit = 125): void {
  assert.is(code, exit, stderr)
  assert.match(stderr, /^mini-docker: [^\n]+\n$/)
  assert.match(stderr, said)
}

/** Names in a directory of the data directory; none when there is no such directory. */
export const inData = (world: World, directory: string): string[] => {
  const place = `${world.data}/${directory}`
  return fs.existsSync(place) ? fs.readdirSync(place).filter(name => !name.startsWith('.')) : []
}

/** No container is left, nor anything of one: no snapshot that is not a layer's, no directory without a record. */
export async function nothingOfContainers(world: World): Promise<void> {
  assert.equal(await leftovers(world), [])
  assert.equal(inData(world, 'containers'), [])
  const records = inData(world, 'snapshots/overlay/records')
  assert.equal(
    records.filter(name => !name.startsWith('sha256=')),
    [],
  )
  const directories = inData(world, 'snapshots/overlay').filter(name => /^\d+$/.test(name))
  assert.is(directories.length, records.length)
  assert.equal(inData(world, 'trash'), [])
}
