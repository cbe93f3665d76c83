/** `stats` for people: the columns of docker stats, and beside them what cgroups know and docker does not show. Pure. */

import { humanBytes, humanDecimal } from './human.js'
import type { Traffic } from './kernel-text.js'
import { most, type StatsLine } from './stats-line.js'

/** What the kernel does not say. */
const UNSAID = '--'
const said = (number: number | null, show: (number: number) => string): string =>
  number === null ? UNSAID : show(number)
const percent = (number: number | null): string => said(number, one => `${one.toFixed(2)}%`)
const traffic = (both: Traffic | null): string =>
  both === null ? UNSAID : `${humanDecimal(both.in)} / ${humanDecimal(both.out)}`

export const statsHeading = [
  'NAME',
  'CPU %',
  'THROTTLED',
  'MEM USAGE / LIMIT',
  'MEM %',
  'PEAK',
  'WAITS CPU/MEM/IO',
  'PIDS',
  'NET I/O',
  'BLOCK I/O',
] as const

/** @param machine all the memory that there is: what limits a container without a limit */
export function statsRow({ name, paused, ...line }: StatsLine, machine: number | null): string[] {
  const { cpu, memory, pressure, pids } = line
  const waits = [pressure.cpu, pressure.memory, pressure.io]
  return [
    paused ? `${name} (paused)` : name,
    percent(cpu.percent),
    said(cpu.throttled, seconds),
    `${said(memory.usage, humanBytes)} / ${said(most(memory.limit, machine), humanBytes)}`,
    percent(memory.percent),
    said(memory.peak, humanBytes),
    waits.every(one => one === null) ? UNSAID : waits.map(one => said(one, number => number.toFixed(1))).join(' / '),
    pids.limit === null ? said(pids.current, String) : `${said(pids.current, String)} / ${pids.limit}`,
    traffic(line.network),
    traffic(line.disks),
  ]
}

/** `0.42s`, `3m07s` */
function seconds(nanos: number): string {
  const whole = nanos / 1e9
  if (whole < 60) return `${whole.toFixed(2)}s`
  return `${Math.floor(whole / 60)}m${String(Math.floor(whole % 60)).padStart(2, '0')}s`
}
