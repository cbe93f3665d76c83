/**
 * The three files in /etc that say who and where a container is. They differ between containers that share one rootfs, so
 * they are written beside it and bind-mounted over. Source: hosts(5), hostname(5); docker run does the same.
 */

import type { Pass } from '#core/plan/assemble'
import type { Mount } from '#core/spec/runtime'

const at = { op: 'write_file', phase: 'prepare', by: 'ch2.etcFiles', mode: 0o644 } as const

export interface EtcFiles {
  readonly hosts: string
  readonly hostname: string
  readonly 'resolv.conf': string
}

const reasons: Readonly<Record<keyof EtcFiles, string>> = {
  hosts: 'names that need no resolver, its own among them',
  hostname: 'its own name, for programs that look it up in the file',
  'resolv.conf': 'resolvers that can be reached from inside',
}
const names = Object.keys(reasons) as (keyof EtcFiles)[]

export const etcFiles =
  (directory: string, files: EtcFiles): Pass =>
  () =>
    names.map(name => ({ ...at, path: `${directory}/${name}`, data: files[name], why: reasons[name] }))

export const etcSources = (directory: string): string[] => names.map(name => `${directory}/${name}`)

export const etcMounts = (directory: string): Mount[] =>
  names.map(name => ({ destination: `/etc/${name}`, source: `${directory}/${name}`, options: ['bind'] }))

/** @param address null when the container has none that it knows beforehand */
export const hostsOf = (hostname: string, address: string | null): string =>
  ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback', `${address ?? '127.0.1.1'}\t${hostname}`]
    .map(line => `${line}\n`)
    .join('')
