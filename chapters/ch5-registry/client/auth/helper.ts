/**
 * Credential helpers: programs `docker-credential-NAME get|store|erase` that keep credentials outside the file, asked by stdin
 * and answering by stdout. Source: github.com/docker/docker-credential-helpers, README "Development".
 */

import { spawn } from 'node:child_process'
import { fail } from '#core/errors'
import type { Credentials } from './after-answer.js'

const TIME_LIMIT_MS = 60_000
const ANSWER_MAX = 64 << 10
/** A helper's own words for "nothing is kept for it": credentials.errCredentialsNotFoundMessage. */
const notFound = 'credentials not found in native keychain'

/** @returns null: it has none for that server */
export async function helperGet(helper: string, server: string): Promise<Credentials | null> {
  const { code, said } = await call(helper, 'get', server)
  if (code !== 0) {
    if (said.includes(notFound)) return null
    return refused(helper, 'get', said)
  }
  try {
    const { Username, Secret } = JSON.parse(said) as { Username?: unknown; Secret?: unknown }
    if (typeof Username !== 'string' || typeof Secret !== 'string' || Secret === '') return null
    return Username === tokenUser
      ? { kind: 'identity', token: Secret }
      : { kind: 'password', user: Username, password: Secret }
  } catch {
    return refused(helper, 'get', 'its answer is no JSON')
  }
}

/** The name that stands for an identity token: docker's cli/config/credentials. */
const tokenUser = '<token>'

export async function helperStore(helper: string, server: string, credentials: Credentials): Promise<void> {
  const entry =
    credentials.kind === 'identity'
      ? { Username: tokenUser, Secret: credentials.token }
      : { Username: credentials.user, Secret: credentials.password }
  const { code, said } = await call(helper, 'store', JSON.stringify({ ServerURL: server, ...entry }))
  if (code !== 0) refused(helper, 'store', said)
}

/** @returns whether there was something to erase */
export async function helperErase(helper: string, server: string): Promise<boolean> {
  const { code, said } = await call(helper, 'erase', server)
  if (code !== 0 && !said.includes(notFound)) refused(helper, 'erase', said)
  return code === 0
}

const refused = (helper: string, verb: string, said: string): never =>
  fail('FailedPrecondition', {
    what: `docker-credential-${helper} ${verb}`,
    why: said.trim().slice(0, 200) || 'failed',
    hint: 'try it by hand, or take credsStore and credHelpers out of config.json',
  })

interface Said {
  readonly code: number
  readonly said: string
}

function call(helper: string, verb: string, input: string): Promise<Said> {
  // it becomes a program's name: no path, no flag
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(helper)) {
    fail('FailedPrecondition', {
      what: `credential helper '${helper}'`,
      why: 'is no name of one',
      hint: 'see config.json',
    })
  }
  return new Promise((resolve, reject) => {
    const child = spawn(`docker-credential-${helper}`, [verb], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: TIME_LIMIT_MS,
    })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      if (said.length < ANSWER_MAX) said += text
    })
    child.stdin.on('error', () => undefined) // it may end without having read
    child.on('error', reject)
    child.on('close', code => resolve({ code: code ?? 1, said }))
    child.stdin.end(input)
  }).catch(cause =>
    fail('NotFound', {
      what: `docker-credential-${helper}`,
      why: (cause as NodeJS.ErrnoException).code ?? String(cause),
      hint: 'config.json names it: install it, or take it out there',
      cause,
    }),
  ) as Promise<Said>
}
