/** What --uidmap and --gidmap mean. Pure: whoever fills a container's volumes asks, too. */

import type { Flags } from '#core/cli/flags'
import { fail } from '#core/errors'
import type { IdMapping } from '#core/spec/runtime'

/** `INSIDE:OUTSIDE:SIZE` of --uidmap and --gidmap. One given stands for both, as in podman run. */
export function mapsOf(flags: Flags): { readonly uidMappings?: IdMapping[]; readonly gidMappings?: IdMapping[] } {
  const uids = flags.all('uidmap').map(text => parseMap('--uidmap', text))
  const gids = flags.all('gidmap').map(text => parseMap('--gidmap', text))
  if (uids.length === 0 && gids.length === 0) return {}
  return { uidMappings: uids.length > 0 ? uids : gids, gidMappings: gids.length > 0 ? gids : uids }
}

const MAX_ID = 2 ** 32 - 2

function parseMap(flag: string, text: string): IdMapping {
  const numbers = text.split(':').map(part => (/^\d+$/.test(part) ? Number(part) : Number.NaN))
  const [containerID, hostID, size] = numbers
  const isRange = numbers.length === 3 && numbers.every(Number.isSafeInteger) && size! > 0
  if (!isRange || containerID! + size! - 1 > MAX_ID || hostID! + size! - 1 > MAX_ID) {
    fail('InvalidArgument', {
      what: `${flag} '${text}'`,
      why: 'is not INSIDE:OUTSIDE:SIZE',
      hint: `${flag} 0:100000:65536`,
    })
  }
  return { containerID: containerID!, hostID: hostID!, size: size! }
}
