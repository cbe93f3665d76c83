/** A program to read: an instruction a line, jumps by the line that they lead to. Pure. */

import { abis } from './arch.js'
import { type BpfInstruction, codes } from './bpf.js'

const places: Readonly<Record<number, string>> = { 0: 'number', 4: 'architecture' }
const signs: Readonly<Record<number, string>> = { [codes.equal]: '==', [codes.greater]: '>', [codes.atLeast]: '>=' }

/** SECCOMP_RET_ACTION_FULL: what is below is errno, or said to a tracer. */
const actions: Readonly<Record<number, string>> = {
  2147483648: 'kill the process',
  0: 'kill the thread',
  196608: 'trap',
  327680: 'errno',
  2143289344: 'ask the listener',
  2146435072: 'trace',
  2147221504: 'log',
  2147418112: 'allow',
}

export function listing(program: readonly BpfInstruction[]): string {
  const width = String(program.length - 1).length
  return program.map((one, i) => `${String(i).padStart(width)}  ${words(one, i)}\n`).join('')
}

function words({ code, jt, jf, k }: BpfInstruction, i: number): string {
  const next = i + 1
  switch (code) {
    case codes.load:
      return `load ${places[k] ?? `argument ${(k - 16) >> 3}, ${k % 8 === 0 ? 'lower' : 'upper'} half`}`
    case codes.and:
      return `and ${hex(k)}`
    case codes.goto:
      return `goto ${next + k}`
    case codes.return: {
      const more = k % 0x10000
      return `return ${actions[k - more] ?? hex(k)}${more === 0 ? '' : ` ${more}`}`
    }
    default: {
      const name = abis.find(({ audit }) => audit === k)?.name
      return `if ${signs[code]} ${name ?? (k < 0x10000 ? k : hex(k))} goto ${next + jt} else ${next + jf}`
    }
  }
}

const hex = (number: number): string => `0x${number.toString(16)}`
