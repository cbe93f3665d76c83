/** What a config.json asks for, read from a document whose types nobody has checked. */

import { type Fields, objectsAt } from './rule.js'

const platforms = ['linux', 'freebsd', 'solaris', 'windows', 'zos'] as const

/** Those that it has a section for. */
export const platformsOf = (json: unknown): string[] =>
  platforms.filter(name => objectsAt(json, name).next().done !== true)

/** What is for no other platform. */
export const isLinux = (json: unknown): boolean => (platformsOf(json)[0] ?? 'linux') === 'linux'

/** Whether the container has a namespace of this type that is not the runtime's: a new one, or one that it joins. */
export function isolates(json: unknown, type: string): boolean {
  for (const { value } of objectsAt(json, 'linux.namespaces[]')) if (value.type === type) return true
  return false
}

/** Whether a new one is made. */
export function makes(json: unknown, type: string): boolean {
  for (const { value } of objectsAt(json, 'linux.namespaces[]')) {
    if (value.type === type && value.path === undefined) return true
  }
  return false
}

export const isAbsolute = (path: string): boolean => path.startsWith('/')
/** Windows. */
export const isOfDrive = (path: string): boolean => /^[a-z]:[\\/]/i.test(path) || path.startsWith('\\\\')
/** environ(7). */
export const isAssignment = (entry: string): boolean => entry.indexOf('=') > 0

/** config.md#mounts. */
export const isBind = ({ options }: Fields): boolean =>
  Array.isArray(options) && options.some(word => word === 'bind' || word === 'rbind')

/** cpuset(7), "List format": `0-3,7`; '' is an empty list. */
export const isListOfNumbers = (value: string): boolean =>
  /^(\d+(-\d+(:\d+(\/\d+)?)?)?(,\d+(-\d+(:\d+(\/\d+)?)?)?)*)?$/.test(value.replace(/ /g, ''))
