/** `ch5 login` and `ch5 logout`: credentials are tried before they are kept. */

import * as fs from 'node:fs'
import * as tty from 'node:tty'
import type { Flags } from '#core/cli/flags'
import { err, out, printWarning } from '#core/cli/print'
import { fail } from '#core/errors'
import { pathOf } from '../../protocol/routes.js'
import { parseReference } from '../../reference/parse.js'
import { defaultDomain } from '../../reference/read.js'
import type { Credentials } from '../auth/after-answer.js'
import { CredentialStore } from '../auth/config-file.js'
import { Registry } from '../http/registry.js'
import { ask } from './prompt.js'

export async function login(flags: Flags, rest: readonly string[]): Promise<number> {
  const domain = domainOf('ch5 login', rest)
  const user = flags.one('username') ?? (await asked('Username: ', true))
  if (user === '' || user.includes(':')) {
    fail('InvalidArgument', {
      what: `user '${user}'`,
      why: user === '' ? 'is empty' : 'has a colon, which ends a name',
    })
  }
  const password = await passwordOf(flags)
  if (password === '') fail('InvalidArgument', { what: 'password', why: 'is empty' })
  const credentials: Credentials = { kind: 'password', user, password }
  const registry = new Registry(domain, { insecure: flags.all('insecure-registry'), credentials })
  try {
    const about = { what: `login at '${domain}'`, domain }
    const answer = await registry.want({ method: 'GET', path: pathOf('base'), needs: [], about }, 200)
    await answer.drop()
  } finally {
    await registry.close()
  }
  await new CredentialStore().put(domain, credentials)
  out('Login Succeeded\n')
  return 0
}

export async function logout(_flags: Flags, rest: readonly string[]): Promise<number> {
  const domain = domainOf('ch5 logout', rest)
  const there = await new CredentialStore().remove(domain)
  out(there ? `Removing login credentials for ${domain}\n` : `Not logged in to ${domain}\n`)
  return 0
}

/** Also `https://host/v2/`, as docker takes it. @throws MiniDockerError InvalidArgument */
function domainOf(command: string, [text = defaultDomain, ...more]: readonly string[]): string {
  if (more.length > 0) {
    fail('InvalidArgument', { what: command, why: 'takes one registry', hint: `mini-docker ${command} HOST[:PORT]` })
  }
  const host = text.replace(/^https?:\/\//, '').split('/')[0]!
  if (host === defaultDomain || host === 'index.docker.io' || host === 'registry-1.docker.io') return defaultDomain
  const looksLikeOne = /[.:]/.test(host) || host === 'localhost'
  if (!looksLikeOne) {
    fail('InvalidArgument', { what: `registry '${text}'`, why: 'is no host', hint: 'HOST[:PORT], as localhost:5000' })
  }
  return parseReference(`${host}/a`).domain
}

async function passwordOf(flags: Flags): Promise<string> {
  const given = flags.one('password')
  if (flags.on('password-stdin')) {
    if (given !== undefined)
      fail('InvalidArgument', { what: '--password and --password-stdin', why: 'exclude one another' })
    return fs.readFileSync(0, 'utf8').replace(/\r?\n$/, '')
  }
  if (given !== undefined) {
    printWarning('a password on the command line is seen by everyone on this machine: use --password-stdin')
    return given
  }
  return asked('Password: ', false)
}

async function asked(question: string, echo: boolean): Promise<string> {
  if (!tty.isatty(0)) {
    fail('InvalidArgument', {
      what: 'ch5 login',
      why: 'cannot ask: stdin is no terminal',
      hint: '-u NAME --password-stdin',
    })
  }
  err(question)
  return ask(echo)
}
