/** ch3's examples: the specs that its page, its labs and its tests look at. */

import type { Resources, Spec } from '#core/spec/runtime'
import { ch2 } from '../ch2-namespaces/index.js'
import { defaultRules } from './limits/device-rules.js'

const MiB = 2 ** 20
const container = (): Spec => ch2.examples.container!
const limited = (resources: Resources): Spec => ({
  ...container(),
  linux: { ...container().linux, cgroupsPath: '/mini-docker/box', resources },
})

/** Each is made when it is looked at: a run loads them with the chapter, and needs none. */
export const examples = {
  get group() {
    return limited({})
  },
  get limits() {
    return limited({
      cpu: { quota: 50000, period: 100000 },
      memory: { limit: 64 * MiB, swap: 64 * MiB },
      pids: { limit: 20 },
    })
  },
  get shares() {
    return limited({ cpu: { shares: 512, cpus: '0', mems: '0' } })
  },
  get io() {
    return limited({
      blockIO: { weight: 300, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 10 * MiB }] },
      memory: { reservation: 32 * MiB },
    })
  },
  get devices() {
    return limited({ devices: defaultRules })
  },
  get process() {
    const spec = limited({})
    const rlimits = [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 2048 }] as const
    return { ...spec, process: { ...spec.process, rlimits, oomScoreAdj: 500 } }
  },
} satisfies Record<string, Spec>
