/** What a command of mini-runc is. */

import { fail, MiniDockerError } from '#core/errors'
import type { Containers } from '../lifecycle/containers.js'
import type { Option, Parsed } from './options.js'

export interface Command {
  readonly about: string
  readonly usage: string
  readonly options: readonly Option[]
  /** Its exit code when it fails, if not 1: runc's. Words that cannot be read are no failure of the command. */
  readonly failure?: number
  readonly run: (parsed: Parsed, containers: Containers) => Promise<number> | number
}

export const preserving: Option = {
  name: 'preserve-fds',
  value: 'N',
  about: 'so many fds from 3 on that the program gets, too',
}

/** The last word counts. */
export const one = ({ options }: Parsed, name: string): string | undefined => options.get(name)?.at(-1)
/** A number of something; 0 where the option is missing. @throws MiniDockerError InvalidArgument */
export function countOf(parsed: Parsed, name: string): number {
  const text = one(parsed, name) ?? '0'
  if (!/^\d{1,4}$/.test(text)) fail('InvalidArgument', { what: `--${name} '${text}'`, why: 'is no number of them' })
  return Number(text)
}

/** @throws MiniDockerError InvalidArgument */
export const idOf = ({ rest }: Parsed): string => {
  if (rest[0] === undefined) throw new MiniDockerError('InvalidArgument', { what: 'container id', why: 'is missing' })
  return rest[0]
}
