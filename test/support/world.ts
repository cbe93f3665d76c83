/**
 * A world for one test file: private directories, a rootfs with the probe in it, and the host's view of what was left
 * behind: mounts, processes, files.
 */

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { ensureDefaultRootfs } from '#core/rootfs/default'
import { insidePath } from './inside.js'
import { patience } from './patience.js'
import { adoptOrphans, strays } from './processes.js'

export interface World {
  readonly directory: string
  /** MINI_DOCKER_ROOT and MINI_DOCKER_RUN */
  readonly data: string
  readonly run: string
  /** The default rootfs, with `inside` in its /bin. */
  readonly rootfs: string
  /** A path of its own below the world's directory; nothing is there yet. */
  path(name?: string): string
  directoryOf(files: Readonly<Record<string, string>>): string
  /** A copy of the rootfs, to be changed. */
  copyRootfs(): string
}

export const nonce = (): string => randomBytes(8).toString('hex')

const worlds: World[] = []
const prefix = 'mini-docker-test-'

/** Whether it is the directory of a world of another test file: those run at the same time. */
const isOthers = (directory: string): boolean =>
  path.basename(directory).startsWith(prefix) && worlds.every(world => world.directory !== directory)

export const othersWorlds = (): string[] =>
  fs
    .readdirSync(os.tmpdir())
    .map(name => path.join(os.tmpdir(), name))
    .filter(isOthers)

/** A mount table without what other test files mount in their worlds. */
export const withoutOthers = (mountinfo: string): string =>
  mountinfo
    .split('\n')
    .filter(line => {
      const [, directory] = new RegExp(` (/\\S*/${prefix}[^/ ]+)/`).exec(line) ?? []
      return directory === undefined || !isOthers(directory)
    })
    .join('\n')

export const hostMounts = (): string => withoutOthers(readOr('', '/proc/self/mountinfo'))

/** Removed when the test process ends, and with it whatever still runs below this process. */
export function newWorld(): World {
  adoptOrphans()
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), prefix))
  fs.chmodSync(directory, 0o755)
  const data = `${directory}/data`
  const rootfs = fs.realpathSync(ensureDefaultRootfs({ dataDir: data }).path)
  if (fs.existsSync(insidePath)) fs.copyFileSync(insidePath, `${rootfs}/bin/inside`)
  const fresh = (name = nonce()): string => `${directory}/${name}`
  const world: World = {
    directory,
    data,
    run: `${directory}/run`,
    rootfs,
    path: fresh,
    directoryOf(files) {
      const place = fresh()
      fs.mkdirSync(place)
      for (const [name, text] of Object.entries(files)) {
        fs.mkdirSync(path.dirname(`${place}/${name}`), { recursive: true })
        fs.writeFileSync(`${place}/${name}`, text)
      }
      return place
    },
    copyRootfs() {
      const place = fresh()
      execFileSync('cp', ['-a', rootfs, place])
      return place
    },
  }
  if (worlds.length === 0) process.on('exit', () => worlds.forEach(destroy))
  worlds.push(world)
  return world
}

function destroy({ directory }: World): void {
  for (const pid of strays(new Set())) process.kill(pid, 'SIGKILL')
  for (const at of mountsBelow(directory).reverse()) execFileSync('umount', ['-l', at])
  fs.rmSync(directory, { recursive: true, force: true })
}

/** Mount points of this process's mount namespace below a directory: none is what a run should leave. */
export function mountsBelow(directory: string): string[] {
  return fs
    .readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '')
    .filter(at => at.startsWith(`${directory}/`))
}

/**
 * What is left of runs that are over: processes (after a moment's grace for those about to end), records, mounts.
 * Only for tests that run nothing else meanwhile, but for the pids in `known`.
 */
export async function leftovers(world: World, known: readonly number[] = [], seconds = 20): Promise<string[]> {
  const except = new Set(known)
  const deadline = Date.now() + seconds * 1000
  let left = strays(except)
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(10)
    left = strays(except)
  }
  const names = left.map(pid => `process ${pid} ${readOr('', `/proc/${pid}/comm`).trim()}`)
  return [
    ...names,
    ...records(world).map(name => `record ${name}`),
    ...mountsBelow(world.directory).map(at => `mount ${at}`),
  ]
}

/** Everything in the run directory's list of containers, half-made ones included. */
export const records = ({ run }: World): string[] =>
  fs.existsSync(`${run}/containers`) ? fs.readdirSync(`${run}/containers`) : []

export function readOr(otherwise: string, file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return otherwise
  }
}

/** Names; none when it is not there: other tests' cgroups come and go at any time. */
export function directoriesIn(directory: string): string[] {
  try {
    return fs
      .readdirSync(directory, { withFileTypes: true })
      .flatMap(entry => (entry.isDirectory() ? [entry.name] : []))
  } catch {
    return []
  }
}

export const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** Waits for a condition of the world. @throws when it does not come true */
export async function until(what: string, holds: () => boolean, seconds = patience): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not in ${seconds} s: ${what}`)
    await sleep(10)
  }
}
