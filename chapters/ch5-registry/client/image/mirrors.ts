/**
 * Mirrors of Docker Hub: asked first for what lies there, in their order; the Hub is asked for what none of them gives. Only pulls go
 * to them, and only those of docker.io. Source: docs.docker.com/docker-hub/image-library/mirror, dockerd's `registry-mirrors`.
 */

import * as fs from 'node:fs'
import { fail, MiniDockerError } from '#core/errors'
import { defaultDomain } from '../../reference/read.js'
import { Registry } from '../http/registry.js'

const daemonFile = '/etc/docker/daemon.json'

/** @param given by flags: they take the place of the file's @throws MiniDockerError InvalidArgument */
export function mirrorsOf(given: readonly string[], file = daemonFile): readonly URL[] {
  return (given.length > 0 ? given : inFile(file)).map(text => {
    const url = URL.canParse(text) ? new URL(text) : null
    const isPlain =
      url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search + url.hash === ''
    if (isPlain && url.username === '') return url
    return fail('InvalidArgument', {
      what: `mirror '${text}'`,
      why: 'is no address of a registry',
      hint: '--registry-mirror https://HOST[:PORT]',
    })
  })
}

/** One that cannot be read is dockerd's to complain about. */
function inFile(file: string): readonly string[] {
  try {
    const all: unknown = JSON.parse(fs.readFileSync(file, 'utf8'))['registry-mirrors']
    return Array.isArray(all) ? all.filter(one => typeof one === 'string') : []
  } catch {
    return []
  }
}

/** Whom to ask for images of that domain, the first choice first. */
export function registriesOf(domain: string, mirrors: readonly URL[], insecure: readonly string[]): Registry[] {
  const origin = new Registry(domain, { insecure })
  if (domain !== defaultDomain) return [origin]
  const asked = mirrors.map(
    ({ host, protocol }) => new Registry(host, { insecure: protocol === 'http:' ? [host] : insecure }),
  )
  return [...asked, origin]
}

/** @returns what the first of them gives that has it @throws what the last says */
export async function fromFirst<T>(
  registries: readonly Registry[],
  pull: (registry: Registry) => Promise<T>,
): Promise<T> {
  for (const registry of registries.slice(0, -1)) {
    try {
      return await pull(registry)
    } catch (error) {
      const isItsOwn =
        error instanceof MiniDockerError && ['NotFound', 'Unavailable', 'FailedPrecondition'].includes(error.class)
      if (!isItsOwn) throw error
    }
  }
  return pull(registries.at(-1)!)
}
