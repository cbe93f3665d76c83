/** `ch7 validate`: a document, a bundle, an image or a runtime, held against the rules of the OCI's specifications. */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { out, printJson } from '#core/cli/print'
import { errnoOf, fail } from '#core/errors'
import { inBundle, inConfig, inDocument, kindOf } from './find.js'
import { written } from './json-text.js'
import { viewOf } from './layout.js'
import { isObject } from './place.js'
import { bundleAt } from './read-bundle.js'
import { withLayers } from './read-layers.js'
import { DOCUMENT_MAX, readLayout, withUnpacked } from './read-layout.js'
import { asJson, isValid, lines, type Report } from './report.js'
import { broken } from './rule.js'
import { layoutRules } from './rules-layout.js'

const kinds: Readonly<Record<string, (path: string) => Report | Promise<Report>>> = {
  bundle: validateBundle,
  config: validateConfig,
  image: path => validateImage(path),
  layout: path => validateLayout('layout', path),
}

/** @returns 0, or 1 when something is wrong @throws MiniDockerError when it cannot be read */
export async function validate(flags: Flags, [kind = '', path = '', ...more]: readonly string[]): Promise<number> {
  const check = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  const hint = 'mini-docker ch7 validate --help'
  if (kind === 'runtime') {
    if (path !== '' || flags.on('strict'))
      fail('InvalidArgument', { what: 'ch7 validate runtime', why: 'takes no PATH, and no --strict', hint })
    return (await import('./runtime/command.js')).validateRuntime(flags)
  }
  const foreign = flags.names().find(name => !['json', 'strict'].includes(name))
  if (foreign !== undefined) {
    fail('InvalidArgument', { what: `flag '--${foreign}'`, why: 'is one of ch7 validate runtime', hint })
  }
  if (check === undefined) {
    const what = kind === '' ? 'ch7 validate' : `'${kind}'`
    fail('InvalidArgument', { what, why: `needs one of ${Object.keys(kinds).join(', ')} and a PATH, or runtime`, hint })
  }
  if (path === '' || more.length > 0)
    fail('InvalidArgument', { what: `ch7 validate ${kind}`, why: 'takes one PATH', hint })
  const report = await check(path)
  const strict = flags.on('strict')
  if (flags.on('json')) printJson(asJson(report, strict))
  else out(`${lines(report).join('\n')}\n`)
  return isValid(report, strict) ? 0 : 1
}

function validateConfig(path: string): Report {
  return { kind: 'config', path, spec: 'runtime-spec', file: nameOf(path), findings: inConfig(textOf(path, 'bundle')) }
}

function validateBundle(path: string): Report {
  if (!isDirectory(path))
    fail('InvalidArgument', {
      what: `bundle '${path}'`,
      why: 'is no directory',
      hint: 'for a file: ch7 validate config',
    })
  const file = `${path}/config.json`
  const text = fs.existsSync(file) ? textOf(file, 'bundle') : null
  const findings = inBundle(text, json => bundleAt(path, json))
  return { kind: 'bundle', path, spec: 'runtime-spec', file: 'config.json', findings }
}

/** A document alone, which may come from stdin; or a layout with all that is in its layers. */
async function validateImage(path: string): Promise<Report> {
  if (isDirectory(path) || !isDocument(path)) return validateLayout('image', path)
  const document = written(textOf(path, 'layout'))
  if (isObject(document.json) && Object.hasOwn(document.json, 'ociVersion')) {
    fail('InvalidArgument', { what: `image '${path}'`, why: 'is the config of a bundle', hint: 'ch7 validate config' })
  }
  const findings = inDocument(document, kindOf(document.json), path.endsWith('index.json'))
  return { kind: 'image', path, spec: 'image-spec', file: nameOf(path), findings }
}

async function validateLayout(kind: 'image' | 'layout', path: string): Promise<Report> {
  const findIn = async (directory: string) => {
    const { view, findings } = viewOf(readLayout(directory))
    return [...findings, ...broken(layoutRules, kind === 'image' ? await withLayers(view, directory) : view)]
  }
  const fd = path === '-' ? 0 : opened(path)
  try {
    const findings = isDirectory(path) ? await findIn(path) : await withUnpacked(fd, nameOf(path), findIn)
    return { kind, path, spec: 'image-spec', file: 'index.json', findings }
  } finally {
    if (fd !== 0) fs.closeSync(fd)
  }
}

const nameOf = (path: string): string => (path === '-' ? 'stdin' : path)

/** Whether it begins as a document does: a tar archive begins with a name. */
function isDocument(path: string): boolean {
  if (path === '-' || path.endsWith('.json')) return true
  const fd = opened(path)
  try {
    const first = Buffer.alloc(64)
    const length = fs.readSync(fd, first, 0, first.length, 0)
    return /^\s*[{[]/.test(first.toString('latin1', 0, length)) && !first.includes(0)
  } finally {
    fs.closeSync(fd)
  }
}

function isDirectory(path: string): boolean {
  if (path === '-') return false
  try {
    return fs.statSync(path).isDirectory()
  } catch (cause) {
    return unreadable(path, cause)
  }
}

function textOf(path: string, directories: string): string {
  if (path !== '-' && isDirectory(path)) {
    fail('InvalidArgument', { what: `'${path}'`, why: 'is a directory', hint: `ch7 validate ${directories}` })
  }
  try {
    const bytes = fs.readFileSync(path === '-' ? 0 : path)
    if (bytes.length <= DOCUMENT_MAX) return bytes.toString('utf8')
    return fail('FailedPrecondition', { what: `'${path}'`, why: `has ${bytes.length} bytes, and is no document then` })
  } catch (cause) {
    if (errnoOf(cause) === undefined) throw cause
    return unreadable(path, cause)
  }
}

function opened(path: string): number {
  try {
    return fs.openSync(path, 'r')
  } catch (cause) {
    return unreadable(path, cause)
  }
}

const unreadable = (path: string, cause: unknown): never => {
  const errno = errnoOf(cause) ?? String(cause)
  return fail(errno === 'ENOENT' ? 'NotFound' : 'FailedPrecondition', { what: `'${path}'`, why: errno, cause })
}
