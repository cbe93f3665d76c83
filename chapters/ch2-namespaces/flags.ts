/** What ch2's flags mean, as parts of a spec. */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { fail } from '#core/errors'
import type { Mount, NamespaceType, TimeOffset } from '#core/spec/runtime'
import { defaultNamespaces } from './default-spec.js'
import { switches } from './flag-table.js'
import type { NetworkMode } from './network/reservations.js'

export function namespacesOf(flags: Flags): NamespaceType[] {
  const left = new Set(switches.flatMap(([flag, type]) => (flags.on(flag) ? [type] : [])))
  if (networkOf(flags) === 'host') left.add('network')
  const types = defaultNamespaces.filter(type => !left.has(type))
  return flags.on('userns') || flags.on('uidmap') || flags.on('gidmap') ? [...types, 'user'] : types
}

export function networkOf(flags: Flags): NetworkMode {
  const mode = flags.one('net') ?? 'none'
  if (mode === 'none' || mode === 'host' || mode === 'bridge') return mode
  return fail('InvalidArgument', { what: `network '${mode}'`, why: 'is unknown', hint: '--net none, bridge or host' })
}

export function clocksOf(
  flags: Flags,
): { readonly monotonic?: TimeOffset; readonly boottime?: TimeOffset } | undefined {
  const offsets = (['monotonic', 'boottime'] as const).flatMap(clock => {
    const text = flags.one(clock)
    if (text === undefined) return []
    if (!/^-?\d{1,15}$/.test(text)) {
      fail('InvalidArgument', {
        what: `--${clock} '${text}'`,
        why: 'is not a number of seconds',
        hint: `--${clock} 86400`,
      })
    }
    return [[clock, { secs: Number(text) }] as const]
  })
  return offsets.length === 0 ? undefined : Object.fromEntries(offsets)
}

/** -v, --mount and --tmpfs, in that order. */
export function mountsOf(flags: Flags): Mount[] {
  return [
    ...flags.all('volume').map(parseVolume),
    ...flags.all('mount').map(parseMount),
    ...flags.all('tmpfs').map(parseTmpfs),
  ]
}

function parseVolume(text: string): Mount {
  const [source, destination, mode = 'rw', ...more] = text.split(':')
  if (source === undefined || destination === undefined || more.length > 0 || !/^(rw|ro)$/.test(mode)) {
    fail('InvalidArgument', { what: `volume '${text}'`, why: 'is not SRC:DST[:ro]', hint: '-v /srv/data:/data:ro' })
  }
  return bind(`volume '${text}'`, source, destination, mode === 'ro')
}

function parseMount(text: string): Mount {
  const what = `mount '${text}'`
  const options = new Map(text.split(',').map(part => [part.split('=')[0]!, part.split('=').slice(1).join('=')]))
  const destination = options.get('dst') ?? options.get('destination') ?? options.get('target') ?? ''
  const source = options.get('src') ?? options.get('source') ?? ''
  const readonly = ['readonly', 'ro'].some(word => options.has(word) && options.get(word) !== 'false')
  const type = options.get('type') ?? 'bind'
  const sizeAndMode = ['size', 'mode'].flatMap(word => {
    const value = options.get(`tmpfs-${word}`)
    return value === undefined ? [] : [`${word}=${value}`]
  })
  const ofType = type === 'tmpfs' ? ['tmpfs-size', 'tmpfs-mode'] : ['src', 'source']
  for (const word of ['type', 'dst', 'destination', 'target', 'readonly', 'ro', ...ofType]) options.delete(word)
  const [unknown] = options.keys()
  if (unknown !== undefined) {
    fail('InvalidArgument', {
      what,
      why: `does not know '${unknown}'`,
      hint: 'type, src, dst, readonly; tmpfs-size, tmpfs-mode',
    })
  }
  if (type === 'bind') return bind(what, source, destination, readonly)
  if (type === 'tmpfs') return tmpfs(what, destination, [...sizeAndMode, ...(readonly ? ['ro'] : [])])
  return fail('InvalidArgument', { what, why: `type '${type}' is unknown`, hint: 'type=bind or type=tmpfs' })
}

function parseTmpfs(text: string): Mount {
  const [destination = '', ...options] = text.split(':')
  const words = options
    .join(':')
    .split(',')
    .filter(word => word !== '')
  return tmpfs(`tmpfs '${text}'`, destination, words)
}

function tmpfs(what: string, destination: string, words: readonly string[]): Mount {
  const safe = ['nosuid', 'nodev', 'noexec'] // a later word about the same, like exec, takes its place
  return { destination: absolute(what, destination), type: 'tmpfs', source: 'tmpfs', options: [...safe, ...words] }
}

function bind(what: string, source: string, destination: string, readonly: boolean): Mount {
  if (!source.startsWith('/')) {
    const named = /^[\w-]+$/.test(source)
    fail('InvalidArgument', {
      what,
      why: 'the source is not an absolute path',
      hint: named ? 'named volumes come with ch6' : 'write it from the root on: "$PWD/…"',
    })
  }
  if (!fs.existsSync(source)) {
    fail('NotFound', { what, why: `there is no '${source}'`, hint: 'make it first' })
  }
  return {
    destination: absolute(what, destination),
    source: fs.realpathSync.native(source),
    options: ['rbind', ...(readonly ? ['ro'] : [])],
  }
}

/** Inside /proc a mount could be made to lie about the process that a program looks at. */
function absolute(what: string, destination: string): string {
  const names = destination.split('/').filter(name => name !== '' && name !== '.')
  if (!destination.startsWith('/') || names.includes('..') || names.length === 0) {
    fail('InvalidArgument', {
      what,
      why: `'${destination}' is no place inside`,
      hint: 'an absolute path, and not / itself',
    })
  }
  if (names[0] === 'proc') {
    fail('InvalidArgument', { what, why: `'${destination}' lies in /proc`, hint: 'choose another place' })
  }
  return `/${names.join('/')}`
}
