/**
 * `ch4 cp`: between a container and the host, by docker cp's rules. Both ends are workers in their own trees, so that no symlink
 * of either leads into the other, whoever swaps what while it is read (CVE-2018-15664), and nothing of the container's is loaded
 * (CVE-2019-14271).
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import type { Flags } from '#core/cli/flags'
import { errnoOf, fail } from '#core/errors'
import { call } from '#core/sys/libc'
import { openImages } from '../images.js'
import { baseName } from '../layer/path.js'
import { callWorker } from '../worker/call.js'
import type { ExtractWish } from '../worker/extract.js'
import type { Tree } from '../worker/plan.js'
import { carry } from './carry.js'
import { settle } from './settle.js'
import { treeOf } from './tree-of.js'

/** One side of it. */
type End =
  | { readonly kind: 'container'; readonly name: string; readonly path: string }
  | { readonly kind: 'host'; readonly path: string }
  | { readonly kind: 'stream' }

/** What the source is called on its way. */
const onItsWay = 'source'

export async function copy(flags: Flags, [from, to, ...more]: readonly string[]): Promise<number> {
  if (from === undefined || to === undefined || more.length > 0) {
    fail('InvalidArgument', {
      what: 'ch4 cp',
      why: 'takes a source and a target',
      hint: 'mini-docker ch4 cp NAME:/etc/hosts .',
    })
  }
  const source = endOf(from)
  const target = endOf(to)
  const inContainer = source.kind === 'container' ? source : target.kind === 'container' ? target : null
  if (inContainer === null || (source.kind === 'container' && target.kind === 'container')) {
    return fail('InvalidArgument', {
      what: 'ch4 cp',
      why: inContainer === null ? 'neither side is a container' : 'one side has to be on the host',
      hint: 'NAME:PATH is in a container, - an archive on stdin or stdout, anything else a path here',
    })
  }
  const images = openImages()
  const tree = treeOf(images, (await settle(images)).find(inContainer.name))
  // whoever receives owns it: root in the container, on the host who runs this
  const owner = flags.on('archive') ? null : ([0, 0] as const)
  const follow = flags.on('follow-link')
  if (source.kind === 'container') await out(tree, source.path, target, { owner, follow })
  else await into(tree, (target as typeof inContainer).path, source, { owner, follow })
  return 0
}

interface How {
  readonly owner: ExtractWish['owner']
  readonly follow: boolean
}

async function out(tree: Tree, inside: string, target: End, { owner, follow }: How): Promise<void> {
  if (target.kind === 'stream') {
    const as = contentsOf(inside) ? '' : nameIn(inside)
    await callWorker({ job: 'archive', arguments: { path: inside, as, follow }, stream: 1, ...tree })
    return
  }
  const { directory, to } = onHost((target as { path: string }).path)
  const source = { as: onItsWay, name: nameIn(inside), contents: contentsOf(inside) }
  await carry(tree, { path: inside, as: onItsWay, follow }, { directory }, { to, source, owner })
}

async function into(tree: Tree, inside: string, source: End, { owner, follow }: How): Promise<void> {
  if (source.kind === 'stream') {
    const stream = call('int dup(int fd)', 0) // the worker's own 0 is where it is told what to do
    await callWorker({ job: 'extract', arguments: { to: inside, source: null, owner: null }, stream, ...tree })
    return
  }
  const given = (source as { path: string }).path
  const { directory, name } = sourceOnHost(given, follow)
  const archive = { path: `/${name}`, as: onItsWay, follow: false }
  // a directory of the host whose very name is asked for: its own, not where it leads
  const called = path.basename(path.resolve(given))
  await carry({ directory }, archive, tree, {
    to: inside,
    source: { as: onItsWay, name: called, contents: contentsOf(given) || called === '' },
    owner,
  })
}

/** `NAME:PATH`; a path that holds a colon is written `./a:b`. */
function endOf(text: string): End {
  if (text === '-') return { kind: 'stream' }
  const colon = text.indexOf(':')
  if (colon <= 0 || /^[./]/.test(text) || text.slice(0, colon).includes('/')) {
    if (text === '') fail('InvalidArgument', { what: "path ''", why: 'is empty', hint: '. is this directory' })
    return { kind: 'host', path: text }
  }
  const inside = text.slice(colon + 1)
  if (inside === '') fail('InvalidArgument', { what: `'${text}'`, why: 'has no path', hint: `${text}/` })
  return { kind: 'container', name: text.slice(0, colon), path: inside.startsWith('/') ? inside : `/${inside}` }
}

const contentsOf = (given: string): boolean => given === '.' || given.endsWith('/.') || /^\/+$/.test(given)
/** What it is called where it goes: `/etc/.` is etc, `/` is nothing. */
const nameIn = (inside: string): string => baseName(path.posix.normalize(inside).replace(/\/$/, ''))

/** Where a worker is put so that it sees a source, and what that is called there. */
function sourceOnHost(given: string, follow: boolean): { directory: string; name: string } {
  const slash = given.endsWith('/') || contentsOf(given)
  try {
    if (slash || follow) {
      const real = fs.realpathSync.native(given)
      const isDirectory = fs.statSync(real).isDirectory()
      if (slash && !isDirectory) {
        fail('InvalidArgument', {
          what: `'${given}'`,
          why: 'is not a directory',
          hint: 'leave out the slash at its end',
        })
      }
      return { directory: path.dirname(real), name: `${path.basename(real)}${isDirectory ? '/' : ''}` }
    }
    const place = path.resolve(given)
    fs.lstatSync(place)
    return { directory: fs.realpathSync.native(path.dirname(place)), name: path.basename(place) }
  } catch (cause) {
    return cannot(given, cause)
  }
}

/** Where a worker is put so that it sees a target, and what that is there. */
function onHost(given: string): { directory: string; to: string } {
  const end = given.endsWith('/') || given.endsWith('/.') ? '/' : ''
  try {
    if (fs.existsSync(given)) {
      const real = fs.realpathSync.native(given)
      if (fs.statSync(real).isDirectory()) return { directory: real, to: '/' }
      return { directory: path.dirname(real), to: `/${path.basename(real)}${end}` }
    }
    const place = path.resolve(given)
    return { directory: fs.realpathSync.native(path.dirname(place)), to: `/${path.basename(place)}${end}` }
  } catch (cause) {
    return cannot(path.dirname(path.resolve(given)), cause)
  }
}

function cannot(place: string, cause: unknown): never {
  const errno = errnoOf(cause)
  if (errno === undefined) throw cause
  return fail(errno === 'ENOENT' ? 'NotFound' : 'FailedPrecondition', {
    what: `'${place}'`,
    why: errno === 'ENOENT' ? 'there is none on the host' : errno === 'ENOTDIR' ? 'is not a directory' : errno,
    cause,
  })
}
