/**
 * What the kernel's files say, as numbers. Pure, and content with any text: what is not there is null, never an error, since
 * kernels differ in what they count. Source: cgroup-v2.rst "Format", accounting/psi.rst, proc_pid_net(5), blkio-controller.rst.
 */

/** A file of one number; `max`, and what v1 says for it, is null. */
export function numberIn(text: string | null): number | null {
  const word = text?.trim() ?? ''
  return /^\d{1,20}$/.test(word) ? Number(word) : null
}

/** v1 has no word for "no limit": a page less than 2^63, whatever the page's size is. */
const NO_LIMIT = 2 ** 62

/** null: there is none. */
export function limitIn(text: string | null): number | null {
  const number = numberIn(text)
  return number === null || number >= NO_LIMIT ? null : number
}

/** `key value` a line: the value of one key. */
export function valueOf(text: string | null, key: string): number | null {
  const line = text?.split('\n').find(one => one.startsWith(`${key} `))
  return line === undefined ? null : numberIn(line.slice(key.length + 1))
}

/** The part of the last ten seconds, in percent, in which some had to wait: `some avg10=1.25 avg60=… total=…`. */
export function pressureIn(text: string | null): number | null {
  const share = /^some avg10=(\d{1,3}(?:\.\d+)?)(?= |$)/m.exec(text ?? '')?.[1]
  return share === undefined ? null : Number(share)
}

export interface Traffic {
  /** Bytes: received by a network card, read from disks. */
  readonly in: number
  readonly out: number
}

/** /proc/<pid>/net/dev: `name: rx-bytes packets errs drop fifo frame compressed multicast tx-bytes …`. */
export function networkIn(text: string | null, device: string): Traffic | null {
  const line = text?.split('\n').find(one => one.trimStart().startsWith(`${device}:`))
  const fields = line
    ?.slice(line.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
  const [received, sent] = [numberIn(fields?.[0] ?? null), numberIn(fields?.[8] ?? null)]
  return received === null || sent === null ? null : { in: received, out: sent }
}

/** v1: `8:0 Read 4096`, a line for each disk and way; `Total` is what both ways, and discards, come to. */
export const diskBytesV1 = (text: string | null): Traffic | null =>
  text === null ? null : { in: sumOf(text, /^\S+ Read (\d{1,20})$/gm), out: sumOf(text, /^\S+ Write (\d{1,20})$/gm) }

/** v2: `8:0 rbytes=4096 wbytes=0 rios=1 …`, a line for each disk. */
export const diskBytesV2 = (text: string | null): Traffic | null =>
  text === null ? null : { in: sumOf(text, / rbytes=(\d{1,20})\b/g), out: sumOf(text, / wbytes=(\d{1,20})\b/g) }

const sumOf = (text: string, pattern: RegExp): number =>
  [...text.matchAll(pattern)].reduce((sum, [, number]) => sum + Number(number), 0)

/** Processors, of `quota period` (v2's cpu.max) in microseconds; null: as many as there are. */
export function cpusIn(text: string | null): number | null {
  const [quota, period] = (text ?? '').trim().split(/\s+/)
  const [some, each] = [numberIn(quota ?? null), numberIn(period ?? null)]
  return some === null || each === null || each === 0 ? null : some / each
}
