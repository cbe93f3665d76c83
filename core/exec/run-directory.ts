/**
 * The run directory has to be ours alone. Whoever writes a record into it decides which undo steps we perform next, and its
 * fallback, below /tmp, has a name that anybody can guess and make first. So it is looked at before anything in it is
 * believed; what lies deeper was then made by us.
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { makeDirectories } from './files.js'

const hint = 'MINI_DOCKER_RUN=… names another'
const writableByOthers = 0o022

/** One look is enough for a command: in a sticky or private parent nobody else can replace what is ours. */
const trusted = new Set<string>()

const euid = (): number => process.geteuid?.() ?? 0

/** Whether it is there at all. @throws MiniDockerError (FailedPrecondition) when others could have written into it */
export function checkRunDirectory(run: string): boolean {
  if (trusted.has(run)) return true
  const stat = look(run)
  if (stat === undefined) return false
  const why = stat.isSymbolicLink()
    ? 'is a symbolic link'
    : !stat.isDirectory()
      ? 'is not a directory'
      : stat.uid !== euid()
        ? `belongs to user ${stat.uid}, and we are ${euid()}`
        : (stat.mode & writableByOthers) !== 0
          ? 'can be written by others'
          : null
  if (why !== null) refuse(run, why)
  trusted.add(run)
  return true
}

/** Makes it where it is missing. */
export function makeRunDirectory(run: string): void {
  if (checkRunDirectory(run)) return
  try {
    // root's can be passed through: root of a user namespace, who is somebody else outside, binds files out of it by name
    makeDirectories(run, euid() === 0 ? 0o711 : 0o700)
  } catch (cause) {
    refuse(run, errnoOf(cause) ?? String(cause), cause)
  }
  checkRunDirectory(run) // mkdir is content with what somebody else was faster to put there
}

/** With a "/" behind, a link is followed. */
const withoutSlash = (path: string): string =>
  path.length > 1 && path.endsWith('/') ? withoutSlash(path.slice(0, -1)) : path

function look(run: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(withoutSlash(run), { throwIfNoEntry: false })
  } catch (cause) {
    return refuse(run, errnoOf(cause) ?? String(cause), cause)
  }
}

function refuse(run: string, why: string, cause?: unknown): never {
  return fail('FailedPrecondition', {
    what: `run directory '${run}'`,
    why,
    hint: why === 'can be written by others' ? `chmod go-w '${run}', or ${hint}` : hint,
    ...(cause === undefined ? {} : { cause }),
  })
}
