/**
 * Docker's `--user`: from `name|uid[:group|gid]` and the texts of a rootfs's passwd(5) and group(5) to numeric ids.
 *
 * The rules are GetExecUser's (github.com/moby/sys, user/user.go), to which runc, containerd and dockerd defer: a number
 * is always an id, never a name; the first matching line wins; supplementary groups come only with an implicit group.
 */

import { fail } from '#core/errors'

export interface PasswdEntry {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
}

export interface GroupEntry {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

export interface Account {
  readonly uid: number
  readonly gid: number
  /** The primary group first, as dockerd does it: a process must not shed a group that a file mode shuts out. */
  readonly additionalGids: readonly number[]
  readonly home: string
  /** Missing for a uid without an entry. */
  readonly name?: string
}

const maxId = 2 ** 31 - 1 // moby's bound; it keeps away from -1, which setresuid(2) reads as "leave it alone"

/**
 * passwd(5), name:password:uid:gid:gecos:home:shell. Lines without valid ids are skipped; moby reads such an id as 0,
 * which would make a misspelt account root.
 */
export function parsePasswd(text: string): PasswdEntry[] {
  return records(text).flatMap(([name = '', , uidField, gidField, , home = '', shell = '']) => {
    const [uid, gid] = [idOf(uidField), idOf(gidField)]
    return name === '' || uid === undefined || gid === undefined ? [] : [{ name, uid, gid, home, shell }]
  })
}

/** group(5), name:password:gid:member,member. Lines without a valid gid are skipped. */
export function parseGroup(text: string): GroupEntry[] {
  return records(text).flatMap(([name = '', , gidField, members = '']) => {
    const gid = idOf(gidField)
    return name === '' || gid === undefined ? [] : [{ name, gid, members: members.split(',').filter(Boolean) }]
  })
}

function records(text: string): string[][] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.split(':'))
}

function idOf(field: string | undefined): number | undefined {
  return field !== undefined && /^\d{1,10}$/.test(field) && Number(field) <= maxId ? Number(field) : undefined
}

/**
 * The ids that `user` stands for; '' is uid 0, as for an image that names no user.
 *
 * @throws MiniDockerError NotFound for a name without an entry, InvalidArgument for an id out of range
 */
export function lookUpAccount(user: string, passwd: readonly PasswdEntry[], group: readonly GroupEntry[]): Account {
  const [userName = '', groupName = '', ...rest] = user.split(':')
  if (rest.length > 0) {
    fail('InvalidArgument', { what: `user '${user}'`, why: 'more than one colon', hint: 'write name|uid[:group|gid]' })
  }
  const uid = userName === '' ? 0 : numberOf(userName, `user '${user}'`)
  const entry = passwd.find(one => (uid === undefined ? one.name === userName : one.uid === uid))
  if (entry === undefined && uid === undefined) {
    fail('NotFound', {
      what: `unable to find user '${userName}'`,
      why: "no matching entry in the rootfs' /etc/passwd",
      hint: 'name one that is listed there, or give a number: any uid will do',
    })
  }
  const gid = groupName === '' ? (entry?.gid ?? 0) : groupId(groupName, user, group)
  const joined = groupName === '' && entry !== undefined ? group.filter(one => one.members.includes(entry.name)) : []
  return {
    uid: entry?.uid ?? uid!,
    gid,
    additionalGids: [...new Set([gid, ...joined.map(one => one.gid)])],
    home: entry?.home || '/',
    ...(entry === undefined ? {} : { name: entry.name }),
  }
}

function groupId(name: string, user: string, group: readonly GroupEntry[]): number {
  return (
    numberOf(name, `user '${user}'`) ??
    group.find(one => one.name === name)?.gid ??
    fail('NotFound', {
      what: `unable to find group '${name}'`,
      why: "no matching entry in the rootfs' /etc/group",
      hint: 'name one that is listed there, or give a number: any gid will do',
    })
  )
}

/** The id that a numeric text stands for (a sign is read as Go's Atoi reads it), undefined for a name. */
function numberOf(text: string, what: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const id = Number(text)
  if (id < 0 || id > maxId) fail('InvalidArgument', { what, why: `id ${text} is not in 0…${maxId}` })
  return id + 0 // '-0' is 0 to everybody else
}
