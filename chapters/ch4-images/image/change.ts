/**
 * `--change` of import and commit: an instruction of a Dockerfile that changes no file, only what the image says of itself.
 * Source: docs.docker.com/reference/cli/docker/container/commit, "--change".
 */

import { fail } from '#core/errors'
import type { ContainerConfig } from '#core/spec/image'
import { applyChange, type Change, environmentOf } from '../build/config.js'
import { expandStep } from '../build/expand-step.js'
import { parseDockerfile } from '../dockerfile/parse.js'
import { readInstructions } from '../dockerfile/read.js'

const allowed: readonly string[] = [
  'CMD',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'HEALTHCHECK',
  'LABEL',
  'ONBUILD',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
]

type State = Parameters<typeof applyChange>[0]

/** A change to be made. */
export type ConfigChange = (state: State) => State

export interface Changed {
  readonly config: ContainerConfig
  readonly author: string | null
}

/** @throws MiniDockerError InvalidArgument for what is no such instruction */
export function changeIn(text: string): ConfigChange {
  const { escape, ...dockerfile } = parseDockerfile(text, '--change')
  const [instruction, ...more] = readInstructions({ escape, ...dockerfile })
  if (instruction === undefined || more.length > 0 || !allowed.includes(instruction.kind)) {
    fail('InvalidArgument', {
      what: `--change '${text}'`,
      why: 'is no instruction that changes a config',
      hint: allowed.join(', '),
    })
  }
  return state => {
    const variables = new Map(environmentOf(state.config))
    const step = expandStep(instruction as Parameters<typeof expandStep>[0], variables, escape)
    return applyChange(state, step as Change)
  }
}

/** One after the other, as if they stood in a Dockerfile after what made `config`. */
export function applyChanges(
  config: ContainerConfig,
  author: string | null,
  changes: readonly ConfigChange[],
): Changed {
  const begin: State = { config: withoutNulls(config), author, ownCmd: true }
  return changes.reduce((state, change) => change(state), begin)
}

const withoutNulls = (config: ContainerConfig): State['config'] =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null)) as State['config']
