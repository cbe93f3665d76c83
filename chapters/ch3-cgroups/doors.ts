/** What touches the machine, loaded when it is called: whoever imports the index of this chapter is pure. */

import type { Extension } from '../ch2-namespaces/index.js'

export const extension = async (): Promise<Extension> => (await import('./extension.js')).extension
/** Its commands' flags, for a later chapter to add to. */
export const flagTables = () => import('./flag-table.js')

export const freezer = () => import('./live/freezer.js')

/** Of containers that run: who they are, and their freezer. */
export const live = async () => ({ ...(await import('./live/containers.js')), ...(await import('./live/freezer.js')) })

/** For who changes the limits of a container in another way. */
export const changing = async () => ({
  ...(await import('./live/changes.js')),
  ...(await import('./live/all-or-none.js')),
  ...(await import('./live/sample.js')),
})
