/** Where a path leads in a stack of layers, without mounting it: symlinks followed, and what is not there yet named. */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import { lookUpIn } from './look-up.js'

export interface Resolved {
  /** Absolute, without symlinks. */
  readonly path: string
  readonly kind: 'directory' | 'file' | 'missing'
  /** How many of its last names are not there. */
  readonly missing: number
  /** Of the host: the topmost that has it. null: it is missing. */
  readonly place: string | null
}

const maxLinks = 40 // path_resolution(7)

/**
 * @param layers absolute directories, the topmost first
 * @throws MiniDockerError FailedPrecondition when a file stands where a directory is needed, or links go in circles
 */
export function resolveInLayers(layers: readonly string[], path: string): Resolved {
  const names: string[] = []
  const stack: (readonly string[])[] = [layers]
  const todo = path.split('/')
  let links = 0
  while (todo.length > 0) {
    const name = todo.shift()!
    if (name === '' || name === '.') continue
    if (name === '..') {
      names.pop()
      if (stack.length > 1) stack.pop()
      continue
    }
    const found = lookUpIn(stack.at(-1)!, name)
    if (found === null) {
      // from here on nothing is there: what follows is only names
      const rest = [name, ...todo].filter(part => part !== '' && part !== '.')
      return { path: `/${[...names, ...rest].join('/')}`, kind: 'missing', missing: rest.length, place: null }
    }
    if (Array.isArray(found)) {
      names.push(name)
      stack.push(found)
      continue
    }
    const place = found as string
    if (fs.lstatSync(place).isSymbolicLink()) {
      links += 1
      if (links > maxLinks) fail('FailedPrecondition', { what: `path '${path}'`, why: 'its links go in circles' })
      const text = fs.readlinkSync(place)
      if (text.startsWith('/')) {
        names.splice(0)
        stack.splice(1)
      }
      todo.unshift(...text.split('/'))
      continue
    }
    if (todo.some(part => part !== '' && part !== '.')) {
      fail('FailedPrecondition', { what: `path '${path}'`, why: `'/${[...names, name].join('/')}' is no directory` })
    }
    return { path: `/${[...names, name].join('/')}`, kind: 'file', missing: 0, place }
  }
  return { path: `/${names.join('/')}`, kind: 'directory', missing: 0, place: stack.at(-1)?.[0] ?? null }
}
