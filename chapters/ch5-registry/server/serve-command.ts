/** `ch5 serve`: flags into settings, a line when it is ready, and an end that was asked for. */

import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { fail } from '#core/errors'
import { directories } from '#core/sys/paths'
import { basicGuard } from './auth/basic-guard.js'
import { type Guard, openDoor } from './auth/guard.js'
import { Htpasswd, readOrFail } from './auth/htpasswd.js'
import { type Policy, parsePolicy, usersMayAll } from './auth/policy.js'
import { tokenGuard } from './auth/token-guard.js'
import { accessLog, type LogKind } from './http/log.js'
import { pullThrough } from './proxy/pull-through.js'
import { upstreamAt } from './proxy/upstream.js'
import { type ServeSettings, serve } from './serve.js'
import { FileSystemStorage } from './storage/file-system.js'
import { S3Storage } from './storage/s3.js'

const MINUTE_MS = 60_000

export async function serveRegistry(flags: Flags): Promise<number> {
  const { host, port } = parseListen(flags.one('listen') ?? '127.0.0.1:5000')
  const root = flags.one('root') ?? usualRoot()
  const kind = choice(flags, 'log', ['text', 'json', 'none'], 'text')
  const log = accessLog(kind as LogKind, text => process.stderr.write(text))
  const every = number(flags, 'gc-every', 60)
  const graceSeconds = number(flags, 'grace', 30)
  const tls = tlsOf(flags)
  const upstream = flags.on('proxy') ? upstreamAt(flags.one('proxy')!) : null
  const bucket = flags.one('storage')
  if (bucket !== undefined && flags.on('root')) {
    fail('InvalidArgument', { what: '--root and --storage', why: 'exclude one another' })
  }
  const storage = bucket === undefined ? new FileSystemStorage(root) : await S3Storage.open(bucket, process.env)
  // others may be about to name what nobody names here: whose pushes are seen here alone says so
  const collects = every > 0 && (bucket === undefined || flags.on('gc'))
  const settings: ServeSettings = {
    storage,
    host,
    port,
    tls,
    log,
    guard: await guardOf(flags, bucket === undefined ? root : null, tls !== null),
    readOnly: flags.on('read-only'),
    quota: flags.on('quota') ? bytesOf(flags.one('quota')!) : null,
    everyMs: collects ? every * MINUTE_MS : null,
    graceMs: number(flags, 'gc-grace', 60) * MINUTE_MS,
    uploadMs: number(flags, 'upload-age', 24 * 60) * MINUTE_MS,
    deleteUntagged: flags.on('delete-untagged'),
    ...(upstream === null ? {} : { proxy: registry => pullThrough(registry, upstream, log) }),
  }
  const serving = await serve(settings)
  if (flags.on('seed')) await (await import('./seed.js')).seed(serving.registry)
  const ending = asked('SIGTERM', 'SIGINT')
  const url = `${tls === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${serving.address.port}`
  process.stdout.write(`registry at ${url}, images in ${bucket ?? root}\n`)
  const signal = await ending
  log.event('end', { signal })
  await serving.close(graceSeconds * 1000)
  return 0
}

/** The first of these signals; a second one ends at once. */
const asked = (...signals: readonly NodeJS.Signals[]): Promise<string> =>
  new Promise(resolve => {
    for (const signal of signals) process.once(signal, () => resolve(signal))
  })

export const usualRoot = (): string => `${directories().data}/registry`

/** @throws MiniDockerError InvalidArgument */
export function parseListen(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits = ''] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits !== '' && port <= 65_535) return { host: bracketed ?? (plain || '0.0.0.0'), port }
  return fail('InvalidArgument', {
    what: `address '${text}'`,
    why: 'is none',
    hint: '--listen 127.0.0.1:5000, [::]:5000 or :5000',
  })
}

async function guardOf(flags: Flags, root: string | null, isTls: boolean): Promise<Guard> {
  const [file, policyFile] = [flags.one('htpasswd'), flags.one('policy')]
  const kind = choice(flags, 'auth', ['basic', 'token'], 'basic')
  const policy: Policy = policyFile === undefined ? usersMayAll : parsePolicy(policyFile, readOrFail(policyFile))
  if (file === undefined) {
    if (kind === 'token') {
      fail('InvalidArgument', { what: 'flag --auth token', why: 'needs users', hint: '--htpasswd FILE' })
    }
    return policyFile === undefined ? openDoor : basicGuard(null, policy)
  }
  const users = await Htpasswd.open(file)
  if (kind === 'basic') return basicGuard(users, policy)
  if (root === null && !flags.on('token-key')) {
    fail('InvalidArgument', {
      what: 'flag --storage',
      why: 'with tokens needs a key that all servers have',
      hint: '--token-key FILE',
    })
  }
  const key = flags.on('token-key') ? givenKey(flags.one('token-key')!) : ownKey(root!)
  return tokenGuard({ users, policy, key, service: 'mini-docker-registry', isTls })
}

function givenKey(path: string): Buffer {
  const key = Buffer.from(readOrFail(path).trim())
  if (key.length >= 32) return key
  return fail('FailedPrecondition', {
    what: `key '${path}'`,
    why: 'has less than 32 bytes',
    hint: 'openssl rand -hex 32',
  })
}

/** Tokens outlive a restart: the key is kept beside the images, for its owner's eyes alone. */
function ownKey(root: string): Buffer {
  const path = `${root}/token-key`
  if (!fs.existsSync(path)) fs.writeFileSync(path, randomBytes(32).toString('hex'), { mode: 0o600 })
  return givenKey(path)
}

function tlsOf(flags: Flags): { readonly cert: Buffer; readonly key: Buffer } | null {
  const [cert, key] = [flags.one('tls-cert'), flags.one('tls-key')]
  if (cert === undefined && key === undefined) return null
  if (cert === undefined || key === undefined) {
    return fail('InvalidArgument', { what: 'HTTPS', why: 'needs both', hint: '--tls-cert FILE --tls-key FILE' })
  }
  return { cert: Buffer.from(readOrFail(cert)), key: Buffer.from(readOrFail(key)) }
}

function choice(flags: Flags, name: string, words: readonly string[], usual: string): string {
  const word = flags.one(name) ?? usual
  if (words.includes(word)) return word
  return fail('InvalidArgument', { what: `flag '--${name}=${word}'`, why: 'is unknown', hint: words.join(', ') })
}

export function number(flags: Flags, name: string, usual: number): number {
  const text = flags.one(name)
  if (text === undefined) return usual
  if (/^\d{1,7}(?:\.\d+)?$/.test(text)) return Number(text)
  return fail('InvalidArgument', { what: `flag '--${name}=${text}'`, why: 'is no number' })
}

function bytesOf(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,12})([kmgt]?)b?$/i.exec(text) ?? []
  if (digits !== undefined) return Number(digits) * 1024 ** ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase())
  return fail('InvalidArgument', { what: `size '${text}'`, why: 'is none', hint: '500m, 20g' })
}
