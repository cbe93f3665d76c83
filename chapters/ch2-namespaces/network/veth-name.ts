/**
 * The name of the host's end of a container's cable, derived from the container's id: `ip link` tells whose it is, and a
 * cleaner needs no list. A link's name has room for 15 characters (IFNAMSIZ, linux/if.h), ids for 128.
 */

import { createHash } from 'node:crypto'

/** `md` + a generated id as it is; `mdh` + a digest of any other. No id of one kind has a name of the other: h is no hex digit. */
export function vethName(id: string): string {
  if (/^[0-9a-f]{12}$/.test(id)) return `md${id}`
  return `mdh${createHash('sha256').update(id).digest('hex').slice(0, 12)}`
}
