/**
 * Whether what nobody names is garbage, or its repositories are only not to be seen: a disk that is not mounted, an object store
 * whose lists do not go down to what lies deeper. An empty list looks the same in all cases, so a mark lies among the repositories,
 * as deep as they do: where it is listed, what is not listed is not there. It is made while a registry is new, or while its
 * repositories are seen; and nothing is collected without it.
 */

import { fail } from '#core/errors'
import type { Repositories } from '../repositories.js'
import { markKey, markName, repositoriesPrefix } from '../storage/layout.js'

const what = 'garbage collection'

/** @returns whether there is one: there is none where blobs lie about whose repositories are not seen */
export async function mark(repositories: Repositories): Promise<boolean> {
  const { storage } = repositories
  if ((await storage.get(markKey)) !== null) return true
  if (await isAstray(repositories)) return false
  await storage.put(markKey, 'Where this is listed, all repositories are.\n')
  return true
}

/** A repository is there before its first blob is: so blobs are looked for first. */
async function isAstray(repositories: Repositories): Promise<boolean> {
  if ((await repositories.names()).length > 0) return false
  return (await repositories.blobs()).length > 0 && (await repositories.names()).length === 0
}

/** @param dryRun makes no mark @throws MiniDockerError FailedPrecondition: what nobody names may be needed */
export async function mustBeAllThere(repositories: Repositories, dryRun: boolean): Promise<void> {
  const { storage } = repositories
  const isMarked = dryRun ? (await storage.get(markKey)) !== null : await mark(repositories)
  if (!isMarked && (!dryRun || (await isAstray(repositories)))) {
    fail('FailedPrecondition', {
      what,
      why: 'there are blobs, and no repository is to be seen that has them',
      hint: 'is a disk not mounted, or a directory not restored? if all of them are garbage, remove blobs/ by hand',
    })
  }
  if (isMarked && !(await storage.list(repositoriesPrefix)).includes(`${markName}/`)) {
    fail('FailedPrecondition', {
      what,
      why: `the storage has ${markKey}, and does not list it: what else it does not list, nobody knows`,
      hint: 'a list by prefix and delimiter has to name all that lies below: see to the object store',
    })
  }
}
