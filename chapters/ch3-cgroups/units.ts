/** Quantities as Docker's flags take them. Pure. Source: docker/go-units; docs.docker.com, "docker container run". */

import { fail } from '#core/errors'

const binary = ['b', 'k', 'm', 'g', 't', 'p']

/**
 * `64m`, `1.5g`, `512kb`, `64MiB`, plain bytes: powers of 1024, whatever the case. Whole bytes, rounded down.
 * @throws MiniDockerError InvalidArgument naming the flag
 */
export function bytesOf(flag: string, text: string, example = '64m'): number {
  const [, number, unit = 'b'] = /^(\d+(?:\.\d+)?)\s?([bkmgtp])?(?:ib|b)?$/i.exec(text) ?? []
  const bytes =
    number === undefined ? Number.NaN : Math.floor(Number(number) * 1024 ** binary.indexOf(unit.toLowerCase()))
  return Number.isSafeInteger(bytes)
    ? bytes
    : refuse(flag, text, 'is no number of bytes', `${flag} ${example}: b, k, m, g`)
}

/** A whole number in a range. @param example one that is usual */
export function integerOf(flag: string, text: string, least: number, most: number, example: number | string): number {
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`
  return refuse(flag, text, `is not a number ${range}`, `${flag} ${example}`)
}

/** Processors, down to a hundredth: `0.5`, `2`. @param most how many this machine has */
export function cpusOf(flag: string, text: string, most: number): number {
  const number = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(number)) refuse(flag, text, 'is no number of processors', `${flag} 0.5`)
  if (number < 0.01 || number > most) {
    refuse(
      flag,
      text,
      `is not from 0.01 to ${most}, all the processors that there are`,
      `${flag} ${most === 1 ? '0.5' : '1.5'}`,
    )
  }
  return number
}

/** cpuset(7) "List format": `0-2,4`. @returns each of them */
export function listOf(text: string): number[] | null {
  const ranges = text.split(',').map(part => /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()))
  if (ranges.includes(null)) return null
  return ranges.flatMap(match => {
    const from = Number(match![1])
    const to = Number(match![2] ?? from)
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
  })
}

const bits: Readonly<Record<string, number>> = {
  bit: 1,
  kbit: 1e3,
  mbit: 1e6,
  gbit: 1e9,
  bps: 8,
  kbps: 8e3,
  mbps: 8e6,
  gbps: 8e9,
}

/** tc(8) "Rates": `10mbit`, `512kbit`, and in bytes `1mbps`. @returns bits a second */
export function rateOf(flag: string, text: string): number {
  const [, number, unit = 'bit'] = /^(\d+(?:\.\d+)?)([kmg]?(?:bit|bps))?$/i.exec(text) ?? []
  const rate = number === undefined ? Number.NaN : Math.floor(Number(number) * bits[unit.toLowerCase()]!)
  if (Number.isSafeInteger(rate) && rate >= 8000) return rate
  return refuse(flag, text, 'is no rate of 8kbit or more', `${flag} 10mbit: kbit, mbit, gbit; kbps, mbps for bytes`)
}

export const refuse = (flag: string, text: string, why: string, hint: string): never =>
  fail('InvalidArgument', { what: `${flag} '${text}'`, why, hint })
