/**
 * What programs print inside, with and without each of the eight namespaces. Every combination is run; a print depends on a
 * namespace if there are two runs that differ in that one alone and in what was printed.
 */

import { execFile, execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import {
  type NamespaceData,
  type Print,
  type Toggle,
  toggles,
} from '../../../site/.vitepress/theme/toys/namespace-data.js'
import { type Choice, flagsOf, keyOf } from '../../../site/.vitepress/theme/toys/namespaces.js'
import { writeData, writeText } from './write.js'

const commands = [
  'ps',
  'hostname',
  'ip address',
  'mount',
  'id',
  'cat /proc/self/uid_map',
  'ls -l /proc/self/ns',
  'cat /proc/uptime',
  'cut -c1-28 /proc/sysvipc/msg',
] as const
const separator = '=====8<====='
const script = `#!/bin/sh\n${commands.map(command => `${command} 2>&1\necho '${separator}'`).join('\n')}\n`
const all = 2 ** toggles.length

/** Each on or off; the first toggle is the lowest bit. */
const choiceOf = (bits: number): Choice => new Set(toggles.filter((_, i) => (bits >> i) & 1))

function runOnce(on: Choice): Promise<string> {
  const flags = flagsOf(on).flatMap(flag => flag.split(' '))
  const args = ['ch2', 'run', '--name', 'box', ...flags, '--', 'sh', '/bin/look']
  return new Promise((resolve, reject) => {
    execFile('mini-docker', args, { encoding: 'utf8', timeout: 60_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`mini-docker ${args.join(' ')}: ${stderr}`))
    })
  })
}

export interface Piece {
  readonly typed: string
  readonly text: string
}

/** The lines of /proc/self/ns are pieces of their own: each is about one namespace. */
async function look(on: Choice): Promise<Piece[]> {
  const prints = (await runOnce(on)).split(`${separator}\n`)
  return commands.flatMap((typed, i) => {
    const text = normalise(prints[i]!.trimEnd())
    if (!typed.startsWith('ls -l')) return [{ typed, text }]
    const lines = new Map([...text.matchAll(/^.* (\w+) -> .*$/gm)].map(([line, kind]) => [kind!, line]))
    return lines.size === 0
      ? Object.keys(inodes).map(() => ({ typed, text }))
      : Object.keys(inodes).map(kind => ({ typed, text: lines.get(kind) ?? '' }))
  })
}

/** The namespaces of the machine, which a container that has none of its own is in; and numbers as they usually are. */
const ours = new Set(fs.readdirSync('/proc/self/ns').map(name => fs.readlinkSync(`/proc/self/ns/${name}`)))
const inodes: Readonly<Record<string, number>> = {
  user: 4026531837,
  mnt: 4026531841,
  pid: 4026531836,
  net: 4026531840,
  uts: 4026531838,
  ipc: 4026531839,
  cgroup: 4026531835,
  time: 4026531834,
}
const kinds = Object.keys(inodes)
const hostPids = [1, 24, 31, 147, 160, 162, 163]
const day = 86400
/** The machine's uptime, and the time that its processors idled: any two numbers. */
const [uptime, idle] = [5025.11, 9871.4]

const withoutZombies = (line: string): boolean => !/^ *\d+ \S+ +\[/.test(line)

function normalise(text: string): string {
  let process = 0
  const isHost = text.includes('/run/boot')
  return text
    .split('\n')
    .filter(withoutZombies)
    .join('\n')
    .replace(/(\w+):\[\d+\]/g, (link, kind: string) => {
      return `${kind}:[${ours.has(link) ? inodes[kind] : 4026532200 + kinds.indexOf(kind)}]`
    })
    .replace(/[A-Z][a-z]{2} [ \d]\d \d\d:\d\d /g, 'Nov 23 10:00 ')
    .replace(/size=\d+k,nr_inodes=\d+/g, 'size=4096k,nr_inodes=1048576')
    .replace(/^ *-?\d{5,}( +\d+ +\d+)$/gm, '1877763962$1')
    .replace(/^(\d+\.\d\d) \d+\.\d\d$/m, (_, seconds: string) => {
      const later = Number(seconds) - os.uptime() > day / 2 ? day : 0
      return `${(uptime + later).toFixed(2)} ${idle.toFixed(2)}`
    })
    .replace(/\S*node (\/run\/record\.mjs)/, 'node $1')
    .replace(/\S*node \S*mini-docker\.cjs .*/, 'node mini-docker ch2 run …')
    .replace(/^ *\d+ (?=\w+ +(?:sh|sleep|node|mini-docker|\{))/gm, pid =>
      isHost ? `${String(hostPids[process++]).padStart(5)} ` : pid,
    )
}

/** Two choices that differ in one toggle alone and in the print. */
function dependsOn(prints: readonly string[], bit: number): boolean {
  return prints.some((print, bits) => print !== prints[bits ^ (1 << bit)])
}

export async function recordNamespaces(into: string, sample?: number): Promise<void> {
  execFileSync('ipcmk', ['--queue', '--mode', '0644'])
  execFileSync('mini-docker', ['ch1', 'run', 'true']) // makes the rootfs
  writeText('/var/lib/mini-docker/rootfs/default/bin/look', script)
  if (sample !== undefined) {
    const seen: { key: string; pieces: Piece[] }[] = []
    for (let i = 0; i < sample; i++) {
      const on = choiceOf(Math.floor(Math.random() * all))
      seen.push({ key: keyOf(on), pieces: await look(on) })
    }
    writeText(`${into}/namespaces-sample.json`, JSON.stringify(seen))
    return
  }
  const runs: Piece[][] = []
  for (let bits = 0; bits < all; bits++) runs.push(await look(choiceOf(bits)))
  writeData(`${into}/data/namespaces.json`, dataOf(runs))
}

function dataOf(runs: readonly (readonly Piece[])[]): NamespaceData {
  const texts: string[] = []
  const indexOf = (text: string): number => {
    if (!texts.includes(text)) texts.push(text)
    return texts.indexOf(text)
  }
  const prints = runs[0]!.map(({ typed }, piece): Print => {
    const each = runs.map(run => run[piece]!.text)
    const depends: Toggle[] = toggles.filter((_, bit) => dependsOn(each, bit))
    const outputs = Object.fromEntries(each.map((text, bits) => [keyOf(choiceOf(bits), depends), indexOf(text)]))
    return { typed, depends, outputs }
  })
  return { version: 1, combinations: runs.length, texts, prints }
}
