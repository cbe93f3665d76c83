/** A container under limits, and what the files of its cgroup say from its first step to its last. */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { stepMs } from '../../../site/.vitepress/theme/toys/cgroup-data.js'

const name = 'bench'
/** Twice as often as the grid has points, and more. */
const everyMs = 3

/** A file of its cgroup in the hierarchy of a controller. */
export type Read = (controller: string, file: string) => string

export interface Sample<T> {
  readonly ms: number
  readonly value: T
}

export interface Watched<T> {
  /** The first is from before the start, the last from after the end, or from just before it was killed. */
  readonly samples: readonly Sample<T>[]
  /** From the start to the end. */
  readonly ms: number
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

const read: Read = (controller, file) => {
  const mounts = fs.readdirSync('/sys/fs/cgroup')
  const hierarchy = mounts.find(mount => mount.split(',').includes(controller))!
  return fs.readFileSync(`/sys/fs/cgroup/${hierarchy}/mini-docker/${name}/${file}`, 'utf8').trim()
}

/** Runs /bin/workload: it says `ready`, is given a line, does its work, says `end`, is given another. */
export async function watched<T>(
  limits: readonly string[],
  args: readonly string[],
  look: (read: Read) => T,
): Promise<Watched<T>> {
  const container = spawn('mini-docker', ['ch3', 'run', '-i', '--name', name, ...limits, '--', 'workload', ...args])
  let [stdout, stderr] = ['', '']
  container.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk
  })
  container.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  let exit: number | null = null
  const ended = new Promise<void>(resolve => {
    container.on('exit', code => {
      exit = code ?? -1
      resolve()
    })
  })
  const isOver = (word: string): boolean => exit !== null || stdout.includes(word)
  while (!isOver('ready\n')) await pause()
  if (exit !== null) throw new Error(`it ended before it began: ${stderr}`)
  const samples: Sample<T>[] = [{ ms: 0, value: look(read) }]
  const start = performance.now()
  container.stdin.write('\n')
  while (!isOver('end\n')) {
    try {
      samples.push({ ms: performance.now() - start, value: look(read) })
    } catch {
      break // killed: its cgroup went with it
    }
    await pause()
  }
  const ms = performance.now() - start
  if (exit === null && stdout.includes('end\n')) {
    samples.push({ ms, value: look(read) })
    container.stdin.write('\n')
  }
  await ended
  return { samples, ms, exit: exit!, stdout, stderr }
}

const pause = (): Promise<void> => new Promise(resolve => setTimeout(resolve, everyMs))

/** Every `stepMs`, from 0 to the last sample, between the two samples around it. */
export function onGrid<T>(samples: readonly Sample<T>[], of: (value: T) => number): number[] {
  const count = Math.floor(samples.at(-1)!.ms / stepMs) + 1
  let next = 0
  return Array.from({ length: count }, (_, i) => {
    const ms = i * stepMs
    while (next < samples.length - 1 && samples[next]!.ms < ms) next++
    const [before, after] = [samples[Math.max(0, next - 1)]!, samples[next]!]
    const part = after.ms === before.ms ? 0 : (ms - before.ms) / (after.ms - before.ms)
    return of(before.value) + (of(after.value) - of(before.value)) * Math.min(1, Math.max(0, part))
  })
}
