/** What goes wrong and is no error: it is told, and all goes on. Source: runtime.md "Warnings". */

import type { Containers } from './containers.js'

export function warnOf({ warn }: Containers, action: () => void): void {
  try {
    action()
  } catch (error) {
    warn((error as Error).message)
  }
}

/** For what could not be taken back. */
export const warnOfRest =
  ({ warn }: Containers) =>
  (error: unknown): void =>
    warn(error instanceof Error ? error.message : String(error))
