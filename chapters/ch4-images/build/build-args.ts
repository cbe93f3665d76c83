/**
 * ARGs: which ones are set where. Those before the first FROM are for FROM lines alone; a stage sees one when it says `ARG NAME`,
 * from that line on; ENV of the same name wins. Some need no ARG: the proxies, which reach a RUN without a trace in the image.
 * Source: docs.docker.com/reference/dockerfile "ARG", "Automatic platform ARGs in the global scope".
 */

import type { Instruction } from '../dockerfile/instruction.js'
import type { Escape } from '../dockerfile/parse.js'
import { expand } from '../dockerfile/words.js'

export type Variables = ReadonlyMap<string, string>

export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}

const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap(name => [
  name,
  name.toLowerCase(),
])

/** Given by --build-arg, they reach every RUN, and are part of neither history nor cache key. */
export const proxiesAmong = (given: Variables): Map<string, string> =>
  new Map([...given].filter(([name]) => proxies.includes(name)))

export const isProxy = (name: string): boolean => proxies.includes(name)

const platformText = ({ os, architecture, variant }: Platform): string =>
  [os, architecture, ...(variant === undefined ? [] : [variant])].join('/')

export function platformArgs(target: Platform, build: Platform, stage = ''): Map<string, string> {
  const of = (prefix: string, platform: Platform): [string, string][] => [
    [`${prefix}PLATFORM`, platformText(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ''],
  ]
  return new Map([...of('TARGET', target), ...of('BUILD', build), ['TARGETSTAGE', stage]])
}

type Arg = Extract<Instruction, { kind: 'ARG' }>

/**
 * What FROM lines see.
 * @param given of --build-arg: counts more than what is said in the file
 */
export function globalArgs(
  args: readonly Arg[],
  platform: Variables,
  given: Variables,
  escape: Escape,
): Map<string, string> {
  const variables = new Map([...platform, ...[...given].filter(([name]) => platform.has(name))])
  for (const { args: said } of args) {
    for (const [name, text] of said) {
      const value = given.get(name) ?? (text === null ? undefined : expand(text, { variables, escape }))
      if (value !== undefined) variables.set(name, value)
    }
  }
  return variables
}

/** What an ARG line adds to a stage. null: it is declared, and has no value. */
export function stageArgs(
  arg: Arg,
  sight: {
    readonly variables: Variables
    readonly global: Variables
    readonly given: Variables
    readonly escape: Escape
  },
): (readonly [name: string, value: string | null])[] {
  const { global, given, escape } = sight
  const variables = new Map(sight.variables)
  return arg.args.map(([name, text]) => {
    const value = given.get(name) ?? (text === null ? global.get(name) : expand(text, { variables, escape }))
    if (value !== undefined) variables.set(name, value)
    return [name, value ?? null]
  })
}
