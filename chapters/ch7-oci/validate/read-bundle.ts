/** Looks at a bundle for the rules: the only file here that asks the machine what is where. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { textAt } from './rule.js'
import { type Bundle, fromBundle, type Seen } from './rules-bundle.js'

/** path_resolution(7). */
const LINKS_MAX = 40

/** @param json of config.json, undefined where there is none */
export function bundleAt(directory: string, json: unknown): Bundle {
  const top = path.resolve(directory)
  const root = fromBundle(top, textAt(json, 'root.path') ?? '')
  return { json, hasConfig: json !== undefined, directory: top, look, lookInRoot: name => lookInRoot(root, name) }
}

function look(name: string): Seen | null {
  const stat = quietly(() => fs.statSync(name))
  if (stat === null) return null
  if (stat.isDirectory()) return 'directory'
  if (!stat.isFile()) return 'other'
  return (stat.mode & 0o111) === 0 ? 'file' : 'program'
}

/** Links are followed by hand: an absolute one begins at the root, and `..` ends there. */
function lookInRoot(root: string, name: string): Seen | null {
  const todo = name.split('/')
  let way: string[] = []
  for (let links = 0; todo.length > 0; ) {
    const next = todo.shift()!
    if (next === '' || next === '.') continue
    if (next === '..') {
      way.pop()
      continue
    }
    const target = quietly(() => fs.readlinkSync([root, ...way, next].join('/')))
    if (target === null) way.push(next)
    else {
      if (++links > LINKS_MAX) return null
      if (target.startsWith('/')) way = []
      todo.unshift(...target.split('/'))
    }
  }
  return look([root, ...way].join('/'))
}

function quietly<T>(ask: () => T): T | null {
  try {
    return ask()
  } catch {
    return null // not there, or not for us to see: who runs it would not find it either
  }
}
