/**
 * Whose certificates count: those of the machine's bundle, Node's own, and for one host what lies in Docker's directory for it,
 * /etc/docker/certs.d/HOST/: `*.crt` more authorities, `NAME.cert` and `NAME.key` a client certificate of ours.
 * Source: docs.docker.com/engine/security/certificates.
 */

import * as fs from 'node:fs'
import { rootCertificates } from 'node:tls'

/** Where distributions keep theirs. Source: Go's crypto/x509/root_linux.go. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/ssl/cert.pem',
]

export interface Trust {
  readonly ca?: string[]
  readonly cert?: string
  readonly key?: string
}

/** @param host with its port, as the reference names it @param verify false: nobody's signature is looked at */
export function trustFor(
  host: string,
  verify: boolean,
  env: NodeJS.ProcessEnv = process.env,
  directory = '/etc/docker/certs.d',
): Trust {
  const own = `${directory}/${host}`
  const names = listOf(own)
  const pair = names.find(name => name.endsWith('.cert') && names.includes(name.replace(/cert$/, 'key')))
  const client = pair && {
    cert: readable(`${own}/${pair}`) ?? '',
    key: readable(`${own}/${pair.replace(/cert$/, 'key')}`) ?? '',
  }
  if (!verify) return client || {} // reading some hundred certificates takes longer than a small pull
  const system = env.SSL_CERT_FILE ? readable(env.SSL_CERT_FILE) : firstOf(bundles)
  const extra = env.NODE_EXTRA_CA_CERTS ? readable(env.NODE_EXTRA_CA_CERTS) : null
  const authorities = names.filter(name => name.endsWith('.crt')).map(name => readable(`${own}/${name}`))
  const ca = [...rootCertificates, ...[system, extra, ...authorities].filter(text => text !== null)]
  return { ca, ...(client || {}) }
}

const firstOf = (files: readonly string[]): string | null =>
  files.reduce<string | null>((found, file) => found ?? readable(file), null)

function readable(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function listOf(directory: string): string[] {
  try {
    return fs.readdirSync(directory).sort()
  } catch {
    return []
  }
}
