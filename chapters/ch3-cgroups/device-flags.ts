/** What the flags that name devices mean: disks that are slowed down, devices that may be used. */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { errnoOf, fail } from '#core/errors'
import type { DeviceRule, Throttle } from '#core/spec/runtime'
import { bytesOf, integerOf, refuse } from './units.js'

const MOST = Number.MAX_SAFE_INTEGER

export function throttlesOf(flags: Flags) {
  const each = (name: string, rateOf: (flag: string, text: string) => number): Throttle[] | undefined => {
    const all = flags.all(name).map(text => throttle(`--${name}`, text, rateOf))
    return all.length === 0 ? undefined : all
  }
  const bytes = (flag: string, text: string): number => bytesOf(flag, text, '/dev/sda:1m')
  const operations = (flag: string, text: string): number => integerOf(flag, text, 0, MOST, '/dev/sda:100')
  return {
    throttleReadBpsDevice: each('device-read-bps', bytes),
    throttleWriteBpsDevice: each('device-write-bps', bytes),
    throttleReadIOPSDevice: each('device-read-iops', operations),
    throttleWriteIOPSDevice: each('device-write-iops', operations),
  }
}

function throttle(flag: string, text: string, rateOf: (flag: string, text: string) => number): Throttle {
  const colon = text.lastIndexOf(':')
  if (!text.startsWith('/') || colon < 0) refuse(flag, text, 'is not DEVICE:RATE', `${flag} /dev/sda:1mb`)
  const rate = rateOf(flag, text.slice(colon + 1))
  return { ...diskAt(flag, text.slice(0, colon)), rate }
}

/** The numbers of a block device: dev_t as glibc packs it, makedev(3). */
function diskAt(flag: string, path: string): { readonly major: number; readonly minor: number } {
  let stats: fs.Stats
  try {
    stats = fs.statSync(path)
  } catch (cause) {
    return fail('NotFound', {
      what: `${flag} '${path}'`,
      why: errnoOf(cause) ?? 'EIO',
      hint: 'lsblk lists the disks',
      cause,
    })
  }
  if (!stats.isBlockDevice()) refuse(flag, path, 'is no block device', 'lsblk lists the disks')
  const device = BigInt(stats.rdev)
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)),
    minor: Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n)),
  }
}

/** `c 10:229 rwm` */
export function deviceRulesOf(flags: Flags): DeviceRule[] {
  return flags.all('device-cgroup-rule').map(text => {
    const [, type, major, minor, access] = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text) ?? []
    // dev_t: numbers of 32 bits
    if (type === undefined || [major, minor].some(number => Number(number) >= 2 ** 32)) {
      refuse('--device-cgroup-rule', text, 'is not TYPE MAJOR:MINOR ACCESS', "--device-cgroup-rule 'c 10:229 rwm'")
    }
    const number = (key: 'major' | 'minor', given: string) => (given === '*' ? {} : { [key]: Number(given) })
    return {
      allow: true,
      type: type as 'a' | 'c' | 'b',
      ...number('major', major!),
      ...number('minor', minor!),
      access: access!,
    }
  })
}
