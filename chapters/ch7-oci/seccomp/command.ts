/** `ch7 seccomp`: what a profile becomes. */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { err, out } from '#core/cli/print'
import { errnoOf, fail } from '#core/errors'
import type { Swap } from '#core/lab'
import { readSpec } from '#core/spec/parse'
import type { Seccomp } from '#core/spec/runtime'
import { probeFacts } from '#core/sys/probe'
import { encode } from './bpf.js'
import { compile } from './compile.js'
import { defaultProfile } from './default-profile.js'
import { filterOf } from './filter.js'
import { listing } from './listing.js'

export function showFilter(flags: Flags, rest: readonly string[], swap: Swap): number {
  if (rest.length > 0) fail('InvalidArgument', { what: `'${rest[0]}'`, why: 'ch7 seccomp takes no arguments' })
  const facts = probeFacts()
  const file = flags.one('profile')
  const profile = file === undefined ? defaultProfile(flags.all('cap'), facts) : profileIn(file)
  const program = compile(profile, facts.arch, swap('filterOf', filterOf))
  const bytes = flags.one('bpf')
  if (bytes === undefined) out(listing(program))
  else {
    fs.writeFileSync(bytes, encode(program))
    err(`${program.length} instructions\n`)
  }
  return 0
}

function profileIn(file: string): Seccomp {
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (cause) {
    return fail('NotFound', { what: `config '${file}'`, why: errnoOf(cause) ?? 'cannot be read', cause })
  }
  const { linux } = readSpec(text)
  return linux?.seccomp ?? fail('NotFound', { what: `config '${file}'`, why: 'has no linux.seccomp' })
}
