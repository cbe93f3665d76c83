/** Who a name is in an image: looked up in its own passwd(5) and group(5), without mounting it. */

import { type Account, lookUpAccount, parseGroup, parsePasswd } from '#core/spec/account'
import { readInLayers } from './read-in-layers.js'

/** @param layers absolute directories, the topmost first @throws MiniDockerError NotFound for a name without an entry */
export function accountIn(layers: readonly string[], user: string): Account {
  const text = (path: string): string => readInLayers(layers, path)?.toString('utf8') ?? ''
  return lookUpAccount(user, parsePasswd(text('/etc/passwd')), parseGroup(text('/etc/group')))
}
