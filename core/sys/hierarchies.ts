/** The cgroup hierarchies that are mounted, and where in each this process is. Pure. */

export interface Hierarchy extends Place {
  /** Why nothing can be made at home; absent where it can. */
  readonly closed?: 'EROFS' | 'EACCES'
  /** The directory below which our cgroups are made: the top, where it can be written to, else the cgroup that we are in. */
  readonly home: string
  /**
   * v2 alone: whether home needs a leaf for the processes in it, or has it already. A cgroup with controllers for its children
   * holds no processes itself; the machine's root, which no rule binds, is never crowded.
   */
  readonly crowded: boolean
}

/** Where the processes of a crowded home go: a leaf, beside the cgroups of containers. */
export const leafName = 'mini-docker-init'

/** Home as it was: who starts a second container has been moved into the leaf for the first. */
export const withoutLeaf = (own: string): string =>
  own.endsWith(`/${leafName}`) ? own.slice(0, -leafName.length - 1) : own

/** What the tables of /proc say of one. */
export interface Place {
  readonly version: 1 | 2
  /** Where it is mounted. */
  readonly point: string
  /** The directory of the cgroup that we are in. */
  readonly own: string
  /** Those mounted there; of v2 those that cgroup.controllers offers at home. */
  readonly controllers: readonly string[]
}

/**
 * @param mountinfo proc_pid_mountinfo(5): `… root mountpoint options … - type source superoptions`
 * @param membership /proc/self/cgroup, cgroups(7): `id:controllers:path`
 */
export function placesOf(mountinfo: string, membership: string): Place[] {
  const lines = membership.split('\n').map(line => /^\d+:([^:]*):(.*)$/.exec(line))
  const pathOf = (controllers: readonly string[]): string =>
    lines.find(
      match => match?.[1] === controllers.join(',') || match?.[1]?.split(',').some(name => controllers.includes(name)),
    )?.[2] ?? '/'
  const seen = new Set<string>()
  return withinReach(mountsIn(mountinfo)).flatMap(({ point, type, options }): Place[] => {
    if (type !== 'cgroup' && type !== 'cgroup2') return []
    const version = type === 'cgroup2' ? 2 : 1
    const controllers = version === 2 ? [] : options.split(',').filter(word => known.has(word))
    const key = `${version}:${controllers.join()}`
    if ((version === 1 && controllers.length === 0) || seen.has(key)) return [] // systemd's own, or mounted twice
    seen.add(key)
    return [
      {
        version,
        point,
        controllers,
        own: `${point}${version === 2 ? unified(lines) : pathOf(controllers)}`.replace(/\/$/, ''),
      },
    ]
  })
}

interface Mounted {
  readonly id: string
  /** The mount on which it was mounted. */
  readonly parent: string
  readonly point: string
  readonly type: string
  readonly options: string
}

const mountsIn = (mountinfo: string): Mounted[] =>
  mountinfo.split('\n').flatMap(line => {
    const [mount = '', rest = ''] = line.split(' - ')
    const [id, parent, , , point] = mount.split(' ')
    const [type = '', , options = ''] = rest.split(' ')
    return id === undefined || parent === undefined || point === undefined ? [] : [{ id, parent, point, type, options }]
  })

/** Those that their mount point leads to: no other mount lies on them, nor on a directory on the way. */
function withinReach(mounts: readonly Mounted[]): Mounted[] {
  const isBuried = ({ parent, point }: Mounted): boolean => {
    const below = mounts.find(({ id }) => id === parent)
    return (
      mounts.some(other => other.parent === parent && point.startsWith(`${other.point}/`)) ||
      (below !== undefined && below.parent !== parent && isBuried(below))
    )
  }
  const isCovered = ({ id, point }: Mounted): boolean =>
    mounts.some(other => other.parent === id && other.point === point)
  return mounts.filter(mount => !isCovered(mount) && !isBuried(mount))
}

const unified = (lines: readonly (RegExpExecArray | null)[]): string =>
  lines.find(match => match?.[1] === '')?.[2] ?? '/'

/** Among the super options of a v1 mount: the rest are rw, noprefix, release_agent and the like. */
const known = new Set([
  'cpu',
  'cpuacct',
  'cpuset',
  'memory',
  'pids',
  'blkio',
  'devices',
  'freezer',
  'net_cls',
  'net_prio',
  'hugetlb',
])
