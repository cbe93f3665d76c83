/** The build context: a directory, or a tar archive on stdin; and the Dockerfile in it, or somewhere else. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { errnoOf, fail } from '#core/errors'
import { type Ignore, ignoreNothing, parseIgnore } from '../dockerfile/ignore.js'
import { readAll } from '../fd-stream.js'
import type { Scratch } from './scratch.js'
import { realPathIn } from './take.js'
import { unpackContext } from './unpack-context.js'

export interface Context {
  /** A directory of the host's. */
  readonly root: string
  readonly ignore: Ignore
  readonly dockerfile: { readonly text: string; readonly name: string }
}

/**
 * @param where a directory, or `-`: an archive on stdin, or a Dockerfile that needs no context
 * @param file -f: a path from here, not from the context; `-`: stdin
 * @throws MiniDockerError NotFound, InvalidArgument
 */
export async function openContext(where: string, file: string | undefined, scratch: Scratch): Promise<Context> {
  if (where === '-') {
    if (file === '-') fail('InvalidArgument', { what: '-f -', why: 'stdin is the context already' })
    const root = scratch.directory()
    const text = await unpackContext(root)
    if (text !== null) return { root, ignore: ignoreNothing, dockerfile: { text, name: 'Dockerfile' } }
    return withDockerfile(root, file === undefined ? undefined : inContext(root, file))
  }
  const root = directoryAt(where)
  if (file === '-') {
    const chunks: Buffer[] = []
    readAll(0, chunk => chunks.push(Buffer.from(chunk)))
    const text = Buffer.concat(chunks).toString('utf8')
    return { root, ignore: ignoreOf(root, null), dockerfile: { text, name: '-' } }
  }
  return withDockerfile(root, file)
}

/** A name of an archive's, which may hold links: it stays in it. */
function inContext(root: string, file: string): string {
  const real = realPathIn(root, file)
  return real === null ? `${root}/${file.replaceAll('..', '')}` : `${root}/${real}`
}

function withDockerfile(root: string, file: string | undefined): Context {
  const candidates = file === undefined ? ['Dockerfile', 'Containerfile'].map(name => `${root}/${name}`) : [file]
  for (const candidate of candidates) {
    const text = readText(candidate)
    if (text === null) continue
    return { root, ignore: ignoreOf(root, candidate), dockerfile: { text, name: path.basename(candidate) } }
  }
  return fail('NotFound', {
    what: `'${candidates[0]}'`,
    why: 'there is no Dockerfile',
    hint: file === undefined ? 'write one, or name it: -f FILE' : 'the path is taken from here, not from the context',
  })
}

function readText(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (cause) {
    const errno = errnoOf(cause)
    if (errno === 'ENOENT') return null
    return fail('FailedPrecondition', { what: `Dockerfile '${file}'`, why: errno ?? String(cause), cause })
  }
}

/** `NAME.dockerignore` beside the Dockerfile is for that one alone, and counts instead of the context's. */
function ignoreOf(root: string, dockerfile: string | null): Ignore {
  for (const file of [...(dockerfile === null ? [] : [`${dockerfile}.dockerignore`]), `${root}/.dockerignore`]) {
    const text = readText(file)
    if (text !== null) return parseIgnore(text, path.basename(file))
  }
  return ignoreNothing
}

function directoryAt(where: string): string {
  try {
    const real = fs.realpathSync.native(where)
    if (fs.statSync(real).isDirectory()) return real
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'EIO'
    fail(errno === 'ENOENT' ? 'NotFound' : 'FailedPrecondition', {
      what: `context '${where}'`,
      why: errno === 'ENOENT' ? 'there is no such directory' : errno,
      hint: "a directory, or '-' for an archive on stdin",
      cause,
    })
  }
  return fail('InvalidArgument', {
    what: `context '${where}'`,
    why: 'is no directory',
    hint: "'-' for an archive on stdin",
  })
}
