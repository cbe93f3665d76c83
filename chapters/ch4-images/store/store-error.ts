/** What the disk under the store refuses, as the one line that its user can act on. */

import { errnoOf, MiniDockerError } from '#core/errors'

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: mini-docker ch4 prune frees some, MINI_DOCKER_ROOT=… names another place',
  EDQUOT: 'your quota is used up: mini-docker ch4 prune frees some, MINI_DOCKER_ROOT=… names another place',
  EROFS: 'MINI_DOCKER_ROOT=/a/directory/of/yours chooses another place',
  EACCES: 'MINI_DOCKER_ROOT=/a/directory/of/yours chooses another place',
  EPERM: 'MINI_DOCKER_ROOT=/a/directory/of/yours chooses another place',
  EIO: 'the disk fails: dmesg may say more',
  EMFILE: 'ulimit -n is too low',
}

/** @param place what was to be written or read @returns the error to throw: as it was, if it is none of the disk's */
export function storeError(place: string, cause: unknown): unknown {
  const errno = errnoOf(cause)
  const hint = errno === undefined ? undefined : hints[errno]
  if (errno === undefined || hint === undefined) return cause
  return new MiniDockerError('FailedPrecondition', { what: `image store '${place}'`, why: errno, hint, cause })
}

export function onDisk<T>(place: string, action: () => T): T {
  try {
    return action()
  } catch (cause) {
    throw storeError(place, cause)
  }
}
