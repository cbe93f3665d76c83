/** The directories of a checkpoint: its images, and where the log is written. Source: runc(8) "runc-checkpoint" --image-path, --work-path. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { errnoOf, fail } from '#core/errors'
import type { Directories } from './requests.js'

export interface Paths {
  readonly images: string
  readonly work: string | null
}

/** What standard streams were, for a restore: of runc's own name and form. */
const descriptorsFile = 'descriptors.json'

/** They are there afterwards, for root alone: a memory has secrets in it. @throws MiniDockerError */
export function makeDirectories({ images, work }: Paths): void {
  make('--image-path', images)
  if (work !== null) make('--work-path', work)
}

function make(option: string, directory: string): void {
  try {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (cause) {
    fail('FailedPrecondition', { what: `${option} '${directory}'`, why: errnoOf(cause) ?? 'EIO', cause })
  }
}

/** @throws MiniDockerError InvalidArgument */
export function checkParent(images: string, parent: string): void {
  const what = `--parent-path '${parent}'`
  if (path.isAbsolute(parent)) fail('InvalidArgument', { what, why: 'has to be relative to --image-path' })
  if (fs.statSync(path.join(images, parent), { throwIfNoEntry: false })?.isDirectory() !== true)
    fail('InvalidArgument', { what, why: 'is no directory', hint: 'one with the images of checkpoint --pre-dump' })
}

/**
 * CRIU opens them again by our fds, and mounts in the one that it works in: so each has to be opened in its own mount namespace.
 * @param process whose mount namespace that is
 */
export async function withOpen<T>(
  { images, work }: Paths,
  process: number | 'self',
  use: (open: Directories) => Promise<T>,
): Promise<T> {
  // without symlinks: an absolute one would lead back into ours
  const open = (directory: string): number => fs.openSync(`/proc/${process}/root${fs.realpathSync(directory)}`, 'r')
  const fds = [images, ...(work === null ? [] : [work])].map(open)
  try {
    return await use({ images: fds[0]!, work: fds[1] ?? null })
  } finally {
    for (const fd of fds) fs.closeSync(fd)
  }
}

export const logIn = ({ images, work }: Paths, name: string): string => path.join(work ?? images, name)

export const writeDescriptors = (images: string, descriptors: readonly string[]): void =>
  fs.writeFileSync(path.join(images, descriptorsFile), JSON.stringify(descriptors), { mode: 0o600 })

/** @throws MiniDockerError NotFound: nothing was dumped there; InvalidArgument */
export function readDescriptors(images: string): string[] {
  const file = path.join(images, descriptorsFile)
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (cause) {
    return fail('NotFound', {
      what: `--image-path '${images}'`,
      why: `${errnoOf(cause)}: no ${descriptorsFile}`,
      hint: 'mini-runc checkpoint writes it',
      cause,
    })
  }
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch (cause) {
    return fail('InvalidArgument', { what: `'${file}'`, why: 'is no JSON', cause })
  }
  if (Array.isArray(found) && found.every(one => typeof one === 'string')) return found
  return fail('InvalidArgument', { what: `'${file}'`, why: 'is no list of names' })
}
