/** What a bad runtime leaves behind: processes, cgroups, mounts. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'

/** Mount points of all hierarchies, those without a controller, too: proc_pid_mountinfo(5). */
export const cgroupPoints = (): string[] =>
  fs
    .readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(line => / - cgroup2? /.test(line))
    .map(line => line.split(' ')[4]!)

/** The same directory has the same in every mount namespace. @returns null: not there, or not for us to see */
export function identityOf(directory: string): string | null {
  try {
    const { dev, ino } = fs.statSync(directory)
    return `${dev}:${ino}`
  } catch {
    return null
  }
}

/** Ends all processes whose root is one of these. */
export function endThoseIn(roots: ReadonlySet<string>): void {
  for (const name of fs.readdirSync('/proc')) {
    const root = /^\d+$/.test(name) ? identityOf(`/proc/${name}/root`) : null
    if (root === null || !roots.has(root)) continue
    try {
      process.kill(Number(name), 'SIGKILL')
    } catch {
      // it has ended meanwhile
    }
  }
}

export function placesNamed(own: string, directory: string, depth: number): string[] {
  if (depth === 0) return []
  try {
    return fs
      .readdirSync(directory, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .flatMap(({ name }) => {
        const place = `${directory}/${name}`
        return name.startsWith(own) ? [place] : placesNamed(own, place, depth - 1)
      })
  } catch {
    return [] // gone meanwhile
  }
}

/** proc_pid_mountinfo(5), the last mounted first. */
export const mountsBelow = (directory: string): string[] =>
  fs
    .readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '')
    .filter(at => at.startsWith(`${directory}/`))
    .reverse()

export function unmountBelow(directory: string): void {
  for (const at of mountsBelow(directory)) {
    try {
      execFileSync('umount', ['-l', at], { stdio: 'ignore' })
    } catch {
      // close() leaves alone what has mounts in it
    }
  }
}
