/**
 * Users and their passwords, as Apache's `htpasswd -B` writes them: `name:$2y$05$…`, bcrypt alone, as Docker's registry. The
 * file is read again when it has changed. Source: htpasswd(1); distribution, registry/auth/htpasswd.
 */

import { createHmac, randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import * as files from 'node:fs/promises'
import { errnoOf, fail } from '#core/errors'
import { refuse } from '../refusal.js'

/** That many at once: each keeps the processor busy for as long as its cost says. */
const AT_ONCE = 4
const WAITING = 64
/** Who was right is right for a while without the cost. */
const REMEMBERED_MS = 60_000
const REMEMBERED = 1000
/** bcrypt looks at no more. */
const PASSWORD_MAX = 72

type Compare = (password: string, hash: string) => Promise<boolean>

export class Htpasswd {
  readonly #path: string
  readonly #compare: Compare
  #users: ReadonlyMap<string, string>
  #stamp: string
  readonly #secret = randomBytes(32)
  readonly #right = new Map<string, number>()
  #running = 0
  readonly #waiting: (() => void)[] = []

  private constructor(path: string, compare: Compare) {
    this.#path = path
    this.#compare = compare
    this.#users = parseHtpasswd(path, readOrFail(path))
    this.#stamp = stampOf(fs.statSync(path))
  }

  /** @throws MiniDockerError: it cannot be read, or has lines that are none */
  static async open(path: string): Promise<Htpasswd> {
    const { default: bcrypt } = await import('bcryptjs')
    return new Htpasswd(path, (password, hash) => bcrypt.compare(password, hash))
  }

  get users(): readonly string[] {
    return [...this.#users.keys()]
  }

  /** Takes as long for a user that there is not as for a wrong password. @throws Refusal TOOMANYREQUESTS */
  async verify(user: string, password: string): Promise<boolean> {
    await this.#reload()
    const hash = this.#users.get(user)
    if (Buffer.byteLength(password) > PASSWORD_MAX) return false
    // no password is kept: a key that only this process can make, and that goes with the entry in the file
    const key = createHmac('sha256', this.#secret)
      .update(JSON.stringify([user, password, hash]))
      .digest('base64')
    if ((this.#right.get(key) ?? 0) > Date.now()) return true
    const isRight = await this.#inTurn(() => this.#compare(password, hash ?? nobody(this.#users)))
    if (!isRight || hash === undefined) return false
    this.#right.set(key, Date.now() + REMEMBERED_MS)
    const [oldest] = this.#right.keys()
    if (this.#right.size > REMEMBERED && oldest !== undefined) this.#right.delete(oldest)
    return true
  }

  async #reload(): Promise<void> {
    try {
      const stamp = stampOf(await files.stat(this.#path))
      if (stamp === this.#stamp) return
      this.#users = parseHtpasswd(this.#path, await files.readFile(this.#path, 'utf8'))
      this.#stamp = stamp
    } catch {
      // it is being written, or gone: those that were known are known on
    }
  }

  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= WAITING) refuse('TOOMANYREQUESTS', { headers: { 'retry-after': '1' } })
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    this.#running++
    try {
      return await action()
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }
}

/** @throws MiniDockerError FailedPrecondition with the number of the line */
export function parseHtpasswd(path: string, text: string): ReadonlyMap<string, string> {
  const users = new Map<string, string>()
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const colon = line.indexOf(':')
    const hash = line.slice(colon + 1).trim()
    if (colon < 1 || !/^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/.test(hash)) {
      fail('FailedPrecondition', {
        what: `'${path}', line ${at + 1}`,
        why: 'is no user with a bcrypt password',
        hint: 'htpasswd -B FILE USER makes one',
      })
    }
    users.set(line.slice(0, colon), hash)
  }
  return users
}

/** Some hash of the cost that the others have, which no password has. */
function nobody(users: ReadonlyMap<string, string>): string {
  const [first = '$2y$05$'] = users.values()
  return `${first.slice(0, 7)}${'.'.repeat(53)}`
}

const stampOf = ({ mtimeMs, size, ino }: fs.Stats): string => `${mtimeMs} ${size} ${ino}`

export function readOrFail(path: string): string {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch (cause) {
    return fail('FailedPrecondition', { what: `'${path}'`, why: errnoOf(cause) ?? 'cannot be read', cause })
  }
}
