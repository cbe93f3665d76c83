/**
 * Stubs: places that were made in a step's tree only to mount on (/proc, /etc/resolv.conf, a cache's target). They are no work
 * of the step, and are taken out of its layer, as long as nothing else was put there.
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import type { Resolved } from '../snapshot/resolve-in-layers.js'

/** @returns paths, without symlinks, that were not there before the places were made */
export function stubsOf(resolved: readonly Resolved[]): string[] {
  const stubs = new Set<string>()
  for (const { path, missing } of resolved) {
    const names = path.split('/').slice(1)
    for (let count = missing; count > 0; count--) stubs.add(`/${names.slice(0, names.length - count + 1).join('/')}`)
  }
  return [...stubs]
}

/**
 * @param upper the directory of what was written. Its processes have ended: nobody changes it meanwhile
 * @returns those that stay, as an ordinary user may not remove what lies in a directory of a subordinate ID
 */
export function removeStubs(upper: string, stubs: readonly string[]): string[] {
  // the longest first: what is in a directory goes before it
  return [...stubs]
    .sort((a, b) => b.length - a.length)
    .filter(stub => {
      try {
        const place = placeIn(upper, stub)
        const stat = place === null ? undefined : fs.lstatSync(place, { throwIfNoEntry: false })
        if (place === null || stat === undefined) return false
        if (stat.isDirectory() && fs.readdirSync(place).length === 0) fs.rmdirSync(place)
        else if (stat.isFile() && stat.size === 0) fs.rmSync(place)
        return false
      } catch (error) {
        if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EPERM') throw error
        return true
      }
    })
}

/** null when one of the directories above it is none: the step put a link there, which may lead anywhere. */
function placeIn(upper: string, path: string): string | null {
  const names = path.split('/').slice(1)
  let place = upper
  for (const name of names.slice(0, -1)) {
    place += `/${name}`
    if (fs.lstatSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return null
  }
  return `${place}/${names.at(-1)}`
}
