/**
 * How an instruction changes an image's config and history. Pure: words are expanded already, files are somebody else's.
 * Source: image-spec config.md; docs.docker.com/reference/dockerfile. Where the two leave a choice, BuildKit's.
 */

import { fail } from '#core/errors'
import type { ContainerConfig, Healthcheck } from '#core/spec/image'
import { defaultPath } from '#core/spec/runtime'
import { signals } from '#core/sys/constants'
import type { Body, CommandLine, Health } from '../dockerfile/instruction.js'

/** What a stage has of a config while it is built. */
export interface ConfigState {
  readonly config: ContainerConfig
  readonly author: string | null
  /** CMD was said in this stage: a new ENTRYPOINT forgets only what the base image said. */
  readonly ownCmd: boolean
}

/** An instruction whose words are what they stand for. */
export type Change = Extract<
  Body,
  {
    readonly kind:
      | 'ENV'
      | 'LABEL'
      | 'WORKDIR'
      | 'USER'
      | 'STOPSIGNAL'
      | 'MAINTAINER'
      | 'EXPOSE'
      | 'VOLUME'
      | 'CMD'
      | 'ENTRYPOINT'
      | 'SHELL'
      | 'HEALTHCHECK'
      | 'ONBUILD'
  }
>

/** An image with nothing in it finds programs where they usually are. */
export const scratchConfig: ContainerConfig = { Env: [`PATH=${defaultPath}`], WorkingDir: '/' }

export const defaultShell: readonly string[] = ['/bin/sh', '-c']

/** The exec form as it is, the shell form behind the image's shell. */
export const argsOf = (command: CommandLine, config: ContainerConfig): readonly string[] =>
  command.form === 'exec' ? command.args : [...(config.Shell ?? defaultShell), command.line]

/** @throws MiniDockerError InvalidArgument */
export function applyChange(state: ConfigState, change: Change): ConfigState {
  const { config } = state
  const set = (fields: Partial<ContainerConfig>): ConfigState => ({ ...state, config: { ...config, ...fields } })
  switch (change.kind) {
    case 'ENV': {
      const env = new Map(environmentOf(config))
      for (const [name, value] of change.pairs) env.set(name, value)
      return set({ Env: [...env].map(([name, value]) => `${name}=${value}`) })
    }
    case 'LABEL':
      return set({ Labels: { ...config.Labels, ...Object.fromEntries(change.pairs) } })
    case 'WORKDIR':
      return set({ WorkingDir: resolvePath(config.WorkingDir ?? '/', change.value) })
    case 'USER':
      return set({ User: change.value })
    case 'STOPSIGNAL':
      return set({ StopSignal: checkSignal(change.value) })
    case 'MAINTAINER':
      return { ...state, author: change.value }
    case 'EXPOSE': {
      const ports = change.words.flatMap(portsOf)
      return set({ ExposedPorts: { ...config.ExposedPorts, ...Object.fromEntries(ports.map(port => [port, {}])) } })
    }
    case 'VOLUME':
      return set({ Volumes: { ...config.Volumes, ...Object.fromEntries(change.words.map(word => [word, {}])) } })
    case 'CMD':
      return { ...set({ Cmd: argsOf(change.command, config) }), ownCmd: true }
    case 'ENTRYPOINT': {
      const { Cmd, ...rest } = config
      const kept = state.ownCmd && Cmd !== undefined ? { Cmd } : {}
      return { ...state, config: { ...rest, ...kept, Entrypoint: argsOf(change.command, config) } }
    }
    case 'SHELL':
      return set({ Shell: change.args })
    case 'HEALTHCHECK':
      return set({ Healthcheck: healthOf(change) })
    case 'ONBUILD':
      return set({ OnBuild: [...(config.OnBuild ?? []), change.text] })
  }
}

export function environmentOf(config: ContainerConfig): [name: string, value: string][] {
  return (config.Env ?? []).map(entry => {
    const equals = entry.indexOf('=')
    return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)]
  })
}

/** As path.posix.resolve does, which a pure file has not. */
export function resolvePath(from: string, to: string): string {
  const names: string[] = []
  for (const name of `${to.startsWith('/') ? '' : from}/${to}`.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return `/${names.join('/')}`
}

const MOST_PORTS = 65_535

/** `80` → 80/tcp; `8000-8002/udp` → three. */
function portsOf(word: string): string[] {
  const [, low, high = low, protocol = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/([a-z]+))?$/i.exec(word) ?? []
  const [from, to] = [Number(low), Number(high)]
  const known = ['tcp', 'udp', 'sctp'].includes(protocol.toLowerCase())
  if (low === undefined || !known || from > to || to > MOST_PORTS) {
    fail('InvalidArgument', { what: `port '${word}'`, why: 'is not PORT[-PORT][/PROTOCOL]', hint: '8000-8002/udp' })
  }
  return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}/${protocol.toLowerCase()}`)
}

function checkSignal(word: string): string {
  const name = word.toUpperCase()
  const known = name.startsWith('SIG') ? name in signals : `SIG${name}` in signals
  const isNumber = /^\d{1,2}$/.test(word) && Number(word) >= 1 && Number(word) <= 64
  // signal(7) has no names for the real-time ones but these
  if (known || isNumber || /^(SIG)?RTM(IN|AX)([+-]\d{1,2})?$/.test(name)) return word
  return fail('InvalidArgument', { what: `signal '${word}'`, why: 'is unknown', hint: 'SIGTERM, or a number' })
}

function healthOf({ command, interval, timeout, startPeriod, startInterval, retries }: Health): Healthcheck {
  if (command === null) return { Test: ['NONE'] }
  const Test = command.form === 'exec' ? ['CMD', ...command.args] : ['CMD-SHELL', command.line]
  return {
    Test,
    ...(interval === 0 ? {} : { Interval: interval }),
    ...(timeout === 0 ? {} : { Timeout: timeout }),
    ...(startPeriod === 0 ? {} : { StartPeriod: startPeriod }),
    ...(startInterval === 0 ? {} : { StartInterval: startInterval }),
    ...(retries === 0 ? {} : { Retries: retries }),
  }
}
