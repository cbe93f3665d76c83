/** What /proc says of a process, for people. Pure. Source: proc_pid_stat(5), proc_pid_status(5), ps(1). */

export interface Process {
  /** As the host counts, and as the innermost pid namespace does. */
  readonly pid: number
  readonly inside: number
  readonly user: string
  /** R running, S sleeping, D waiting for a disk, T stopped, Z ended and not yet waited for … */
  readonly state: string
  /** Seconds of processor time. */
  readonly time: number
  readonly command: string
}

export interface ProcessTexts {
  readonly stat: string
  readonly status: string
  readonly cmdline: string
}

/** USER_HZ: what /proc counts time in, whatever the kernel's own clock does. */
const TICKS = 100

/** @param userOf the name that a uid has on the host; @returns null when it has ended meanwhile */
export function processIn({ stat, status, cmdline }: ProcessTexts, userOf: (uid: number) => string): Process | null {
  // the name, in parentheses, may hold anything: fields are counted from its last ")"
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const pid = Number.parseInt(stat, 10)
  const [state = ''] = fields
  const time = (Number(fields[11]) + Number(fields[12])) / TICKS
  const uid = Number(fieldOf(status, 'Uid')[1])
  if (!(pid > 0) || !/^[A-Za-z]$/.test(state) || Number.isNaN(time) || Number.isNaN(uid)) return null
  const words = cmdline.replace(/\0+$/, '').replaceAll('\0', ' ')
  const name = stat.slice(stat.indexOf('(') + 1, Math.max(0, stat.lastIndexOf(')')))
  return {
    pid,
    inside: Number(fieldOf(status, 'NSpid').at(-1) ?? pid) || pid,
    user: userOf(uid),
    state,
    time,
    command: words === '' ? `[${name}]` : words, // of the kernel, a zombie, or one that has cleared it
  }
}

const fieldOf = (status: string, name: string): string[] =>
  new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.split(/\s+/).filter(Boolean) ?? []

/** As ps has it: `[dd-]hh:mm:ss`. */
export function clockOf(seconds: number): string {
  const two = (number: number): string => String(Math.floor(number)).padStart(2, '0')
  const days = Math.floor(seconds / 86400)
  const clock = [(seconds % 86400) / 3600, (seconds % 3600) / 60, seconds % 60].map(two).join(':')
  return days === 0 ? clock : `${two(days)}-${clock}`
}

/** As docker ps has it, in short: `42 seconds`, `3 hours`. */
export function ageOf(ms: number): string {
  const units = [
    ['day', 86400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ] as const
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [unit, length] = units.find(([, size]) => seconds >= size) ?? units[3]
  const number = Math.floor(seconds / length)
  return `${number} ${unit}${number === 1 ? '' : 's'}`
}
