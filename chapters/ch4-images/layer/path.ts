/** Paths as archives write them → as an Entry has them. Leading `/` and `./` are dropped as tar does. */

import { Malformed } from './header.js'

/** @throws Malformed for what names nothing, or leads out */
export function normalizePath(text: string): string {
  if (text === '') throw new Malformed('it has no name')
  if (text.includes('\0')) throw new Malformed('its name has a NUL byte')
  const path = text.slice(text.startsWith('./') ? 2 : 0, text.endsWith('/') ? -1 : undefined)
  // cheap, and enough for most: an empty, `.` or `..` component begins like one of these
  const odd = path === '' || path.startsWith('/') || path.startsWith('.') || path.includes('//') || path.includes('/.')
  if (!odd) return path
  const components = path.split('/').filter(component => component !== '' && component !== '.')
  // `a/../b` stays inside, but what it means depends on what a is, and no honest archive says it
  if (components.includes('..')) throw new Malformed("its path has '..'")
  return components.join('/')
}

/** `a/b/c` → `a/b`, `a` → ''. */
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
export const below = (directory: string, name: string): string => (directory === '' ? name : `${directory}/${name}`)
