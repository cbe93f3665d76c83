/**
 * The rootfs that is used where the user names none: made of this machine's own programs, so that the first container
 * needs no network and no image. It is built on first use and kept in `<dataDir>/rootfs/default-<version>`; the link
 * `default` beside it is for people.
 *
 * A container that runs on it without a layer of its own writes into it; `rebuild` makes it new.
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { errnoOf, fail, MiniDockerError } from '#core/errors'
import { closureOf } from './closure.js'
import { readInRoot } from './in-root.js'
import { type Busybox, findBusybox, findHostPrograms } from './programs.js'
import { ownName, publishDirectory } from './publish-directory.js'
import { addSkeleton, type Flavour, flavourOf, rootfsVersion } from './skeleton.js'
import { Tree } from './tree.js'

export interface DefaultRootfs {
  readonly path: string
  /** Read from the rootfs when asked for, as is `programs`: a run needs neither. */
  readonly flavour: Flavour
  /** Sorted names. */
  readonly programs: readonly string[]
  /** Whether this call built it. */
  readonly built: boolean
}

export interface DefaultRootfsOptions {
  readonly dataDir: string
  /** Builds it anew and swaps it in. Containers on the old one keep their open files, but find no others any more. */
  readonly rebuild?: boolean
  /** Asks for one flavour; without it busybox is preferred. Counts only when something is built. */
  readonly flavour?: Flavour
}

/**
 * One stat(2) when it is there. Synchronous: a run cannot go on without it.
 *
 * @throws MiniDockerError NotFound when this machine has no shell to build it from, FailedPrecondition when the data
 * directory cannot be written or is full
 */
export function ensureDefaultRootfs(options: DefaultRootfsOptions): DefaultRootfs {
  const place = defaultRootfsPath(options.dataDir)
  try {
    if (!options.rebuild && isDirectory(place)) return describe(place, false)
    const fill = recipe(options.flavour)
    const built = publishDirectory(place, scratch => fill(new Tree(scratch)), options.rebuild)
    if (built) linkForPeople(place)
    return describe(place, built)
  } catch (cause) {
    return cause instanceof MiniDockerError ? raise(cause) : notWritable(place, cause)
  }
}

export function defaultRootfsPath(dataDir: string): string {
  return path.resolve(dataDir, 'rootfs', `default-${rootfsVersion}`)
}

export function isDirectory(place: string): boolean {
  return fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function describe(place: string, built: boolean): DefaultRootfs {
  return {
    path: place,
    built,
    get flavour() {
      return flavourOf(readInRoot(place, '/etc/os-release')?.toString() ?? '')
    },
    get programs() {
      return programsOf(place)
    },
  }
}

/** All that can be found out before anything is written, found out; what remains is to copy. */
function recipe(flavour: Flavour | undefined): (tree: Tree) => void {
  const busybox = flavour === 'host programs' ? null : findBusybox()
  if (busybox !== null) return tree => fillWithBusybox(tree, busybox)
  const programs = flavour === 'busybox' ? [] : findHostPrograms()
  if (programs.length === 0) {
    fail('NotFound', {
      what: flavour === 'busybox' ? 'static busybox for the default rootfs' : 'shell for the default rootfs',
      why: 'not found on this machine',
      hint: 'apt-get install busybox-static, or name a rootfs of your own',
    })
  }
  // Name services are dlopened by glibc; since 2.34 it has these two built in and they may be absent.
  const closure = closureOf(programs, { dlopened: ['libnss_files.so.2', 'libnss_dns.so.2'] })
  return tree => {
    for (const { target, text } of closure.links) tree.link(target, text)
    for (const { source, target } of closure.files) tree.copy(source, target)
    for (const entry of terminals.filter(isThere).map(one => fs.realpathSync(one))) tree.copy(entry, entry)
    // Scripts and passwd(5) say /bin/sh, wherever this machine keeps it.
    const shell = programs.find(program => program.endsWith('/sh'))!
    addSkeleton(tree, 'host programs')
    if (shell !== '/bin/sh') tree.link('/bin/sh', shell)
    tree.sync()
  }
}

/** terminfo(5) of the usual terminals: without it a shell cannot edit its line. */
const terminals = ['/lib/terminfo', '/usr/share/terminfo'].flatMap(place =>
  ['x/xterm', 'x/xterm-256color', 'l/linux', 'v/vt100', 's/screen', 't/tmux-256color'].map(name => `${place}/${name}`),
)

function isThere(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false
}

function fillWithBusybox(tree: Tree, { path: program, applets }: Busybox): void {
  tree.copy(program, '/bin/busybox')
  for (const applet of applets) tree.link(`/bin/${applet}`, 'busybox')
  if (applets.includes('env')) tree.link('/usr/bin/env', '../../bin/env') // the one path that scripts count on
  addSkeleton(tree, 'busybox')
  tree.sync()
}

function programsOf(place: string): string[] {
  const names = ['bin', 'sbin', 'usr/bin', 'usr/sbin'].flatMap(name => {
    const directory = path.join(place, name)
    // A link would lead to a directory that is listed anyway (usr-merge), or out of the rootfs.
    const linked = [path.dirname(directory), directory].some(one => one !== place && isLink(one))
    return linked || !isDirectory(directory) ? [] : fs.readdirSync(directory)
  })
  return [...new Set(names)].sort()
}

function isLink(place: string): boolean {
  return fs.lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}

/** `default` → `default-1`, replaced in one step. A directory of that name is somebody's own and stays. */
function linkForPeople(place: string): void {
  const link = `${ownName(place, 'new')}-link`
  try {
    fs.symlinkSync(path.basename(place), link)
    fs.renameSync(link, path.join(path.dirname(place), 'default'))
  } catch {
    fs.rmSync(link, { force: true })
  }
}

function raise(error: unknown): never {
  throw error
}

function notWritable(place: string, cause: unknown): never {
  const errno = errnoOf(cause)
  if (errno === undefined) throw cause
  const full = errno === 'ENOSPC' || errno === 'EDQUOT'
  const hint = 'MINI_DOCKER_ROOT=/a/directory/of/yours chooses another place'
  return fail('FailedPrecondition', {
    what: `default rootfs '${place}'`,
    why: full ? `${errno}, no space left` : errno,
    hint: full ? `free some space, or ${hint}` : hint,
    cause,
  })
}
