/** What differs from run to run and says nothing: replaced by what one run happened to show. */

import * as fs from 'node:fs'
import { repository } from '#support/repository'
import type { PlanData } from '../../../site/.vitepress/theme/toys/plan-data.js'

const measured = (): PlanData =>
  JSON.parse(fs.readFileSync(`${repository}site/data/plans/ch2-container.json`, 'utf8')) as PlanData

/** The durations of --trace are those that were measured for the same calls of the same plan: medians of many runs. */
function withMeasuredTimes(text: string): string {
  if (!text.includes(' µs')) return text
  const { steps } = measured()
  const micros = (call: string): number => {
    const same = steps.find(step => step.call === call)
    const alike = steps.find(step => /^\w+/.exec(step.call)![0] === /^\w+/.exec(call)![0])
    return (same ?? alike ?? { micros: 1 }).micros
  }
  return text.replace(/^( *\d+ (?:\x1b\[\d+m)*) *\d+\.\d µs(.*)$/gm, (_, before: string, after: string) => {
    const call = after
      .replace(/\x1b\[\d+m/g, '')
      .replace(/^ +\w+ +/, '')
      .replace(/ = \w+\r*$/, '')
    return `${before}${`${micros(call).toFixed(1)} µs`.padStart(11)}${after}`
  })
}

export const stable = (text: string): string =>
  withMeasuredTimes(text)
    .replace(/^nr_(periods|throttled) [1-9]\d*/gm, 'nr_$1 15')
    .replace(/^throttled_time \d{8,}/gm, 'throttled_time 742318204')
    .replace(/\bif\d+\b/g, 'if7')
    .replace(/^(\d+): eth0/gm, '2: eth0')
    .replace(/\b(?!02:|00:|ff:)[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/g, '7e:5a:1c:0b:d3:42')
    .replace(/BusyBox v[\d.]+ \(.*?\) built-in/, 'BusyBox v1.35.0 (Debian) built-in')
    .replace(/[A-Z][a-z]{2} [ \d]\d \d\d:\d\d /g, 'Nov 23 10:00 ')

const shortNames = ['3a4817976346', '72c7ca3d484a']
const digests = ['sha256:4568f01b66af22a6576e4ff5d9441072364b98bcae9c1b2b07337d31abd80d65']

/** Blobs are called after what this machine's programs are made of: another one's have other names, in the same places. */
export function namesOfBlobs(): (text: string) => string {
  const seen = new Map<string, string>()
  const inPlaceOf = (name: string, known: readonly string[], already: number): string => {
    if (!seen.has(name)) seen.set(name, known[already] ?? name)
    return seen.get(name)!
  }
  const count = (kind: RegExp): number => [...seen.keys()].filter(name => kind.test(name)).length
  return text =>
    text
      .replace(/^[0-9a-f]{12}(?=: )/gm, name => inPlaceOf(name, shortNames, count(/^[0-9a-f]{12}$/)))
      .replace(/(?<=^Digest: |^\S+: digest: )sha256:[0-9a-f]{64}/gm, name =>
        inPlaceOf(name, digests, count(/^sha256:/)),
      )
      .replace(/(?<= size: )\d+/g, '405')
}
