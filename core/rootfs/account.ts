/** Docker's `--user`, answered from the rootfs's own /etc/passwd and /etc/group: names differ from host to image. */

import { type Account, lookUpAccount, parseGroup, parsePasswd } from '#core/spec/account'
import { readInRoot } from './in-root.js'

/**
 * `user` is `name|uid[:group|gid]`. A rootfs without these files knows no names, but every number still works.
 *
 * @throws MiniDockerError NotFound for an unknown name, InvalidArgument for an id out of range, FailedPrecondition when
 * a file cannot be read as one
 */
export function resolveUser(rootfs: string, user: string): Account {
  const text = (path: string) => readInRoot(rootfs, path)?.toString('utf8') ?? ''
  return lookUpAccount(user, parsePasswd(text('/etc/passwd')), parseGroup(text('/etc/group')))
}
