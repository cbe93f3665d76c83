/** Remedies: exact commands. Pure but for the question which package manager there is. */

import { which } from '#core/sys/probe'

/** The command as this user has to type it. */
export const admin = (root: boolean, command: string): string => (root ? command : `sudo ${command}`)

type Manager = 'apt-get' | 'dnf' | 'apk' | 'pacman' | 'zypper'

const commands: Readonly<Record<Manager, string>> = {
  'apt-get': 'apt-get install -y',
  dnf: 'dnf install -y',
  apk: 'apk add',
  pacman: 'pacman -S --noconfirm',
  zypper: 'zypper install -y',
}

/** Package by program; a manager that calls it something else has a column of its own. */
const packages: Readonly<Record<string, Partial<Record<Manager, string>> & { readonly name: string }>> = {
  ip: { name: 'iproute2', dnf: 'iproute' },
  nft: { name: 'nftables' },
  nsenter: { name: 'util-linux' },
  newuidmap: { name: 'shadow', 'apt-get': 'uidmap', dnf: 'shadow-utils', apk: 'shadow-subids' },
  pasta: { name: 'passt' },
  gcc: { name: 'gcc', 'apt-get': 'gcc libc6-dev', apk: 'gcc musl-dev' },
  busybox: { name: 'busybox', 'apt-get': 'busybox-static', apk: 'busybox-static' },
}

/** How to get a program here; without a known package manager its package by name. */
export function install(root: boolean, program: string, has: (manager: string) => boolean = found): string {
  const row = packages[program] ?? { name: program }
  const manager = (Object.keys(commands) as Manager[]).find(has)
  if (manager === undefined) return `install the package ${row.name}`
  return admin(root, `${commands[manager]} ${row[manager] ?? row.name}`)
}

const found = (manager: string): boolean => which(manager) !== null

/** The settings that forbid user namespaces; null where the kernel has no such setting. */
export interface UserNamespaceSettings {
  /** Debian's kernel.unprivileged_userns_clone */
  readonly unprivilegedClone: number | null
  /** user.max_user_namespaces, namespaces(7): counted in each user namespace */
  readonly maximum: number | null
  /** Ubuntu's kernel.apparmor_restrict_unprivileged_userns: made, but without any right in it */
  readonly apparmorRestricts: number | null
}

/** What lets a user namespace be made, by the errno and by the settings that could be the reason for it. */
export function userNamespaceRemedy(errno: string, settings: UserNamespaceSettings, root: boolean): string {
  const sysctl = (assignment: string): string => admin(root, `sysctl -w ${assignment}`)
  if (settings.maximum === 0) return sysctl('user.max_user_namespaces=15000')
  if (errno === 'ENOSPC' || errno === 'EUSERS') {
    return `${sysctl('user.max_user_namespaces=100000')} (the limit is used up, or 32 are nested)`
  }
  if (errno === 'EINVAL' || errno === 'ENOSYS') return 'boot a kernel that is built with CONFIG_USER_NS=y'
  if (!root && settings.unprivilegedClone === 0) return sysctl('kernel.unprivileged_userns_clone=1')
  if (!root && settings.apparmorRestricts === 1) return sysctl('kernel.apparmor_restrict_unprivileged_userns=0')
  return 'inside a container: docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined …'
}

/** Root was refused: then it is root of a container, or less than root. */
export const notQuiteRoot =
  'root of the machine could, root of a container or a user namespace may not: docker run --privileged …, or sudo'

/** namespaces(7), "The /proc/sys/user directory"; unshare(2), ERRORS. */
export function namespaceRemedy(name: string, errno: string, root: boolean): string {
  if (errno === 'EINVAL' || errno === 'ENOSYS') return `this kernel has no ${name} namespaces: boot another one`
  if (errno === 'ENOSPC') {
    const sysctl = `user.max_${name === 'mount' ? 'mnt' : name === 'network' ? 'net' : name}_namespaces`
    return admin(root, `sysctl -w ${sysctl}=15000`)
  }
  return root ? notQuiteRoot : 'inside a container: docker run --security-opt seccomp=unconfined …'
}
