/** Follows a path of this machine to its real file and notes every symbolic link on the way, so that they can be remade. */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'

export interface TracedPath {
  /** The path without any link in it. */
  readonly real: string
  /** Links passed, by their own link-free path: usr-merge ('/lib64' → 'usr/lib64'), sonames, alternatives. */
  readonly links: readonly { readonly target: string; readonly text: string }[]
}

const maxLinks = 40 // path_resolution(7)

/** @throws MiniDockerError NotFound for a missing component, FailedPrecondition for a loop or what may not be searched */
export function traceLinks(file: string): TracedPath {
  const links: { target: string; text: string }[] = []
  const todo = file.split('/')
  let real: string[] = []
  while (todo.length > 0) {
    const name = todo.shift()!
    if (name === '' || name === '.') continue
    if (name === '..') {
      real.pop() // after the links before it were followed, as the kernel does it
      continue
    }
    const target = `/${[...real, name].join('/')}`
    const text = linkText(target, file)
    if (text === null) {
      real.push(name)
      continue
    }
    links.push({ target, text })
    if (links.length > maxLinks) fail('FailedPrecondition', { what: `file '${file}'`, why: 'ELOOP' })
    if (text.startsWith('/')) real = []
    todo.unshift(...text.split('/'))
  }
  return { real: `/${real.join('/')}`, links }
}

/** Null for what is there and no link. */
function linkText(target: string, file: string): string | null {
  try {
    return fs.readlinkSync(target)
  } catch (cause) {
    const errno = errnoOf(cause) ?? String(cause)
    if (errno === 'EINVAL') return null // readlink(2): not a symbolic link
    const missing = errno === 'ENOENT' || errno === 'ENOTDIR'
    return fail(missing ? 'NotFound' : 'FailedPrecondition', { what: `file '${file}'`, why: errno, cause })
  }
}
