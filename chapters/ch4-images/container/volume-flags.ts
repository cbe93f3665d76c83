/**
 * What -v and --mount say of volumes, and what the image says: VOLUME. Directories of the host are ch2's to read.
 * Source: docs.docker.com/engine/storage/volumes; docs.docker.com/reference/cli/docker/container/run, "--volume", "--mount".
 */

import { Flags } from '#core/cli/flags'
import { fail } from '#core/errors'
import { checkVolumeName, newVolumeName, type UsedVolume } from './volumes.js'

export interface VolumeWish extends UsedVolume {
  /** Whether one that is new begins with what the image has there. */
  readonly fill: boolean
}

export interface Wanted {
  readonly volumes: readonly VolumeWish[]
  /** The flags without those that name a volume. */
  readonly flags: Flags
}

/** @param declared destinations, of the image. @throws MiniDockerError InvalidArgument */
export function volumesOf(flags: Flags, declared: readonly string[]): Wanted {
  const asked: VolumeWish[] = []
  const left = new Flags()
  const taken = new Set<string>()
  for (const flag of flags.names()) {
    for (const value of flags.all(flag)) {
      const wish = flag === 'volume' ? fromVolume(value) : flag === 'mount' ? fromMount(value) : null
      if (wish !== null) asked.push(wish)
      else left.add(flag, value)
    }
  }
  for (const place of [...asked.map(({ destination }) => destination), ...destinationsIn(left)]) {
    if (taken.has(place))
      fail('InvalidArgument', { what: `mount at '${place}'`, why: 'there are two', hint: 'leave out one' })
    taken.add(place)
  }
  const places = declared.map(place => absolute(`VOLUME '${place}'`, place)).filter(place => !taken.has(place))
  const own = places.map(destination => anonymous(destination, false, true))
  return { volumes: [...asked, ...own], flags: left }
}

const anonymous = (destination: string, readonly: boolean, fill: boolean): VolumeWish => ({
  name: newVolumeName(),
  anonymous: true,
  destination,
  readonly,
  fill,
})

/** `NAME:DST[:OPTIONS]` or `DST`; null: a directory of the host. */
function fromVolume(text: string): VolumeWish | null {
  const what = `volume '${text}'`
  const parts = text.split(':')
  if (parts.length === 1) return anonymous(absolute(what, text), false, true)
  const [name, destination, options = '', ...more] = parts as [string, string, string?, ...string[]]
  if (name.startsWith('/') || name.startsWith('.') || name.startsWith('~')) return null
  const words = options.split(',').filter(word => word !== '')
  if (more.length > 0 || words.some(word => !['ro', 'rw', 'nocopy', 'z', 'Z'].includes(word))) {
    fail('InvalidArgument', {
      what,
      why: 'is not NAME:DST[:OPTIONS]',
      hint: '-v data:/data:ro; options are ro, rw, nocopy',
    })
  }
  return {
    name: checkVolumeName(name),
    anonymous: false,
    destination: absolute(what, destination),
    readonly: words.includes('ro'),
    fill: !words.includes('nocopy'),
  }
}

const knownWords = ['type', 'src', 'source', 'dst', 'destination', 'target', 'readonly', 'ro', 'volume-nocopy']

/** `type=volume,src=NAME,dst=DST`; null: another type. */
function fromMount(text: string): VolumeWish | null {
  const what = `mount '${text}'`
  const words = new Map(text.split(',').map(part => [part.split('=')[0]!, part.split('=').slice(1).join('=')]))
  if (words.get('type') !== 'volume') return null
  const unknown = [...words.keys()].find(word => !knownWords.includes(word))
  if (unknown !== undefined) {
    fail('InvalidArgument', {
      what,
      why: `does not know '${unknown}'`,
      hint: 'type, src, dst, readonly, volume-nocopy',
    })
  }
  const is = (word: string): boolean => words.has(word) && words.get(word) !== 'false'
  const name = words.get('src') ?? words.get('source') ?? ''
  const destination = absolute(what, words.get('dst') ?? words.get('destination') ?? words.get('target') ?? '')
  const readonly = is('readonly') || is('ro')
  const fill = !is('volume-nocopy')
  if (name === '') return anonymous(destination, readonly, fill)
  return { name: checkVolumeName(name), anonymous: false, destination, readonly, fill }
}

/** Where ch2 will mount something. What is wrong with such a flag, ch2 says. */
function destinationsIn(flags: Flags): string[] {
  const ofMount = (text: string): string => /(?:^|,)(?:dst|destination|target)=([^,]*)/.exec(text)?.[1] ?? ''
  return [
    ...flags.all('volume').map(text => text.split(':')[1] ?? ''),
    ...flags.all('mount').map(ofMount),
    ...flags.all('tmpfs').map(text => text.split(':')[0]!),
  ].map(plain)
}

const plain = (place: string): string =>
  `/${place
    .split('/')
    .filter(name => name !== '' && name !== '.')
    .join('/')}`

function absolute(what: string, place: string): string {
  const names = place.split('/').filter(name => name !== '' && name !== '.')
  if (!place.startsWith('/') || names.length === 0 || names.includes('..') || names[0] === 'proc') {
    fail('InvalidArgument', {
      what,
      why: `'${place}' is no place for a volume`,
      hint: 'an absolute path, not / itself and not in /proc',
    })
  }
  return plain(place)
}
