/** What a command of mini-runc is. */

import { MiniDockerError } from '#core/errors'
import type { Containers } from '../lifecycle/containers.js'
import type { Option, Parsed } from './options.js'

export interface Command {
  readonly about: string
  readonly usage: string
  readonly options: readonly Option[]
  readonly run: (parsed: Parsed, containers: Containers) => Promise<number> | number
}

/** The last word counts. */
export const one = ({ options }: Parsed, name: string): string | undefined => options.get(name)?.at(-1)
/** @throws MiniDockerError InvalidArgument */
export const idOf = ({ rest }: Parsed): string => {
  if (rest[0] === undefined) throw new MiniDockerError('InvalidArgument', { what: 'container id', why: 'is missing' })
  return rest[0]
}
