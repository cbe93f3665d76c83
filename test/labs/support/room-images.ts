/** Images in the room, made by the tool with the attempt in it: a root file system, and layers on top of it. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import type { SnapshotRecord } from '#chapters/ch4-images/snapshot/records'
import { repository } from '#labs/runner/places'
import type { Ran, Room } from '#labs/runner/room/room'
import { said } from '../black-box/view.js'

type Files = Readonly<Record<string, string>>

/** @throws Error with what it said, when it ended badly */
export function well(ran: Ran, what: string): Ran {
  if (ran.code !== 0) throw new Error(`${what}: ${said(ran)}`)
  return ran
}

/** An archive of a directory, or of some names in it in that order. */
export function archive(room: Room, directory: string, names: readonly string[] = ['.']): string {
  const file = `${room.scratch}/${room.nonce()}.tar`
  well(room.start(['tar', '-C', directory, '--no-recursion', '-cf', file, ...recursive(names)]), 'tar')
  return file
}
const recursive = (names: readonly string[]): string[] => (names[0] === '.' ? ['--recursion', '.'] : [...names])

export function importImage(room: Room, name: string, files: Files = {}): void {
  const file = archive(room, room.rootfs(files))
  well(room.run(['ch4', 'import', '--quiet', file, name]), 'ch4 import')
}

/** A directory to build from: its files, with their directories. */
export function contextOf(room: Room, files: Files): string {
  const directory = `${room.scratch}/${room.nonce()}`
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(`${directory}/${name}`), { recursive: true })
    fs.writeFileSync(`${directory}/${name}`, text)
  }
  return directory
}

export const build = (room: Room, name: string, context: string): Ran =>
  well(room.run(['ch4', 'build', '--progress', 'plain', '-t', name, context]), 'ch4 build')

export const runImage = (room: Room, name: string, script: string): Ran =>
  room.run(['ch4', 'run', '--rm', name, 'sh', '-c', script])

/** The tool as it is, without an attempt. */
export const tool = (room: Room, ...args: readonly string[]): Ran =>
  room.start([process.execPath, `${repository}dist/chapters/main.js`, 'ch4', ...args])

export function diffIdsOf(room: Room, name: string): string[] {
  const [image] = JSON.parse(well(tool(room, 'inspect', name), 'ch4 inspect').stdout) as [
    { readonly RootFS: { readonly Layers: string[] } },
  ]
  return image.RootFS.Layers
}

export const snapshotsRoot = (): string => {
  const all = `${process.env.MINI_DOCKER_ROOT}/snapshots`
  return `${all}/${fs.readFileSync(`${all}/kind`, 'utf8')}`
}
export const recordNames = (): string[] => fs.readdirSync(`${snapshotsRoot()}/records`)
export const recordsThere = (): SnapshotRecord[] =>
  recordNames()
    .filter(name => !name.startsWith('.'))
    .map(name => JSON.parse(fs.readFileSync(`${snapshotsRoot()}/records/${name}`, 'utf8')) as SnapshotRecord)
