/** The flags that say which program runs, as whom and where: `docker run`'s, the same for all chapters. */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { defaultPath, type Process } from '#core/spec/runtime'
import type { Directories } from '#core/sys/paths'
import type { Flag, Flags } from './flags.js'

export const processFlags: readonly Flag[] = [
  { name: 'rootfs', value: 'DIR', about: "the root directory; without it one made of this machine's own programs" },
  { name: 'env', short: 'e', value: 'KEY[=VALUE]', many: true, about: 'set a variable; without a value, pass ours on' },
  { name: 'workdir', short: 'w', value: 'DIR', about: 'working directory inside (default /)' },
  { name: 'user', short: 'u', value: 'USER[:GROUP]', about: "name or id, names as in the rootfs's /etc/passwd" },
]

const umask = 0o022

/**
 * The root directory as an absolute path without symlinks.
 * @param planning nothing is made for a plan that is only looked at
 * @throws MiniDockerError NotFound, InvalidArgument
 */
export async function rootfsOf(flags: Flags, { data }: Directories, planning: boolean): Promise<string> {
  const wanted = flags.one('rootfs')
  if (wanted !== undefined) return rootfsAt(wanted, planning)
  const { defaultRootfsPath, ensureDefaultRootfs } = await import('#core/rootfs/default')
  return planning ? defaultRootfsPath(data) : ensureDefaultRootfs({ dataDir: data }).path
}

/** The same for a directory that is named. */
export function rootfsAt(wanted: string, planning: boolean): string {
  // realpath takes it for the working directory
  if (wanted === '') {
    fail('InvalidArgument', {
      what: "rootfs ''",
      why: 'names no directory',
      hint: 'leave --rootfs out for the default one',
    })
  }
  try {
    const path = fs.realpathSync.native(wanted)
    if (fs.statSync(path).isDirectory()) return path
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'EIO'
    if (errno === 'ENOENT' && planning) return wanted
    fail(errno === 'ENOENT' ? 'NotFound' : 'FailedPrecondition', {
      what: `rootfs '${wanted}'`,
      why: errno === 'ENOENT' ? 'there is no such directory' : errno,
      hint: 'name a directory that holds a root file system, or leave --rootfs out',
      cause,
    })
  }
  return fail('InvalidArgument', {
    what: `rootfs '${wanted}'`,
    why: 'is not a directory',
    hint: 'unpack it first, or leave --rootfs out',
  })
}

/** The process of the spec. @param rest the command, `sh` when there is none */
export async function processOf(
  flags: Flags,
  rest: readonly string[],
  rootfs: string,
  extraEnv: readonly string[] = [],
): Promise<Process> {
  const { uid, gid, additionalGids, home } = await userOf(flags, rootfs)
  const cwd = flags.one('workdir') ?? '/'
  if (!cwd.startsWith('/')) {
    fail('InvalidArgument', { what: `workdir '${cwd}'`, why: 'is not an absolute path', hint: `--workdir /${cwd}` })
  }
  return {
    args: rest.length === 0 ? ['sh'] : rest,
    cwd,
    env: mergeEnv([`PATH=${defaultPath}`, ...extraEnv, `HOME=${home}`], environmentOf(flags)),
    user: { uid, gid, umask, ...(additionalGids === undefined ? {} : { additionalGids }) },
  }
}

async function userOf(flags: Flags, rootfs: string) {
  const wanted = flags.one('user')
  // root as it is: the groups of whoever calls stay, as there is nothing to drop that root could not take back
  return wanted === undefined
    ? { uid: 0, gid: 0, home: '/root', additionalGids: undefined }
    : (await import('#core/rootfs/account')).resolveUser(rootfs, wanted)
}

/** `-e KEY` passes our own value on, and nothing when we have none: as docker run does. */
export function environmentOf(flags: Flags): string[] {
  return flags.all('env').flatMap(entry => {
    if (entry.startsWith('=') || entry === '') {
      fail('InvalidArgument', { what: `variable '${entry}'`, why: 'has no name', hint: '--env KEY=VALUE' })
    }
    if (entry.includes('=')) return [entry]
    const value = process.env[entry]
    return value === undefined ? [] : [`${entry}=${value}`]
  })
}

/** Later ones win, in the place of the first. */
export function mergeEnv(...lists: readonly (readonly string[])[]): string[] {
  const merged = new Map<string, string>()
  for (const entry of lists.flat()) merged.set(entry.slice(0, entry.indexOf('=')), entry)
  return [...merged.values()]
}
