/**
 * `~/.docker/config.json`, as the docker command reads and writes it, so that one login serves both: `auths` by server, each
 * `base64(user:password)`; or a helper that keeps them, `credsStore` for all, `credHelpers` for one server. What we do not
 * know in it stays as it is. Source: docs.docker.com/reference/cli/docker, "config.json"; docker's cli/config/configfile.
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { errnoOf, fail } from '#core/errors'
import { makeDirectories, writeAtomically } from '#core/exec/files'
import { defaultDomain } from '../../reference/read.js'
import type { Credentials } from './after-answer.js'
import { helperErase, helperGet, helperStore } from './helper.js'

interface AuthEntry {
  readonly auth?: string
  readonly username?: string
  readonly password?: string
  readonly identitytoken?: string
}

interface ConfigFile {
  readonly auths?: Readonly<Record<string, AuthEntry>>
  readonly credsStore?: string
  readonly credHelpers?: Readonly<Record<string, string>>
}

/** What Docker Hub is called there. */
const hubServer = 'https://index.docker.io/v1/'

/** @param domain of a reference */
export const serverOf = (domain: string): string => (domain === defaultDomain ? hubServer : domain)

export class CredentialStore {
  readonly file: string

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.file = `${env.DOCKER_CONFIG || `${env.HOME || '/root'}/.docker`}/config.json`
  }

  /** @returns null: nobody has logged in there */
  async get(domain: string): Promise<Credentials | null> {
    const config = this.#read()
    const server = serverOf(domain)
    const helper = helperOf(config, server)
    if (helper !== undefined) {
      const found = await helperGet(helper, server)
      if (found !== null) return found
    }
    return fromEntry(entryOf(config, server))
  }

  async put(domain: string, credentials: Credentials): Promise<void> {
    const config = this.#read()
    const server = serverOf(domain)
    const helper = helperOf(config, server)
    if (helper !== undefined) {
      await helperStore(helper, server, credentials)
      this.#write({ ...config, auths: { ...config.auths, [server]: {} } }) // docker remembers so where it is logged in
      return
    }
    this.#write({ ...config, auths: { ...config.auths, [server]: toEntry(credentials) } })
  }

  /** @returns whether there was something */
  async remove(domain: string): Promise<boolean> {
    const config = this.#read()
    const server = serverOf(domain)
    const helper = helperOf(config, server)
    const erased = helper !== undefined && (await helperErase(helper, server))
    const kept = Object.entries(config.auths ?? {}).filter(([name]) => !isServer(name, server))
    const removed = kept.length !== Object.keys(config.auths ?? {}).length
    if (removed) this.#write({ ...config, auths: Object.fromEntries(kept) })
    return erased || removed
  }

  #read(): ConfigFile {
    let text: string
    try {
      text = fs.readFileSync(this.file, 'utf8')
    } catch (cause) {
      if (errnoOf(cause) === 'ENOENT') return {}
      return fail('FailedPrecondition', { what: `'${this.file}'`, why: errnoOf(cause) ?? String(cause), cause })
    }
    try {
      const value: unknown = JSON.parse(text)
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ConfigFile
    } catch {
      // told below
    }
    return fail('FailedPrecondition', {
      what: `'${this.file}'`,
      why: 'is no JSON object',
      hint: 'repair it, or move it away',
    })
  }

  /** Of its owner alone; through a symlink into what that leads to, as docker does. */
  #write(config: ConfigFile): void {
    try {
      makeDirectories(path.dirname(this.file), 0o700)
      const target = fs.existsSync(this.file) ? fs.realpathSync(this.file) : this.file
      writeAtomically(target, `${JSON.stringify(config, null, '\t')}\n`, 0o600)
    } catch (cause) {
      fail('FailedPrecondition', {
        what: `'${this.file}'`,
        why: errnoOf(cause) ?? String(cause),
        hint: 'DOCKER_CONFIG=/a/directory/of/yours chooses another place',
        cause,
      })
    }
  }
}

const helperOf = ({ credHelpers, credsStore }: ConfigFile, server: string): string | undefined =>
  credHelpers?.[server] ?? (credsStore || undefined)

/** Older files have `https://host/v1/` where newer ones have `host`. */
const isServer = (name: string, server: string): boolean => name === server || bareOf(name) === bareOf(server)
const bareOf = (name: string): string => name.replace(/^https?:\/\//, '').split('/')[0]!

function entryOf({ auths = {} }: ConfigFile, server: string): AuthEntry | undefined {
  return auths[server] ?? Object.entries(auths).find(([name]) => isServer(name, server))?.[1]
}

function fromEntry(entry: AuthEntry | undefined): Credentials | null {
  if (entry?.identitytoken) return { kind: 'identity', token: entry.identitytoken }
  const plain = entry?.auth ? Buffer.from(entry.auth, 'base64').toString('utf8') : ''
  const colon = plain.indexOf(':')
  if (colon > 0)
    return { kind: 'password', user: plain.slice(0, colon), password: plain.slice(colon + 1).replace(/\0+$/, '') }
  if (entry?.username && entry.password) return { kind: 'password', user: entry.username, password: entry.password }
  return null
}

const toEntry = (credentials: Credentials): AuthEntry =>
  credentials.kind === 'identity'
    ? { identitytoken: credentials.token }
    : { auth: Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64') }
