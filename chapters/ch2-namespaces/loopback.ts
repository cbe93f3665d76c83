/** A new network namespace holds one device, the loopback, and it is down. Source: network_namespaces(7). */

import type { Pass } from '#core/plan/assemble'
import { isolates } from '#core/spec/runtime'

export const loopback: Pass = spec =>
  isolates(spec, 'network')
    ? [{ op: 'link_up', name: 'lo', phase: 'root', by: 'ch2.loopback', why: '127.0.0.1 answers only when it is up' }]
    : []
