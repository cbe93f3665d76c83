/**
 * The process that a container runs: what its image's config says, and what the command line says against it. Pure.
 * Source: image-spec config.md and conversion.md; docs.docker.com/reference/dockerfile, "Understand how CMD and ENTRYPOINT
 * interact".
 */

import { mergeEnv } from '#core/cli/process-flags'
import { fail } from '#core/errors'
import type { Account } from '#core/spec/account'
import type { ContainerConfig } from '#core/spec/image'
import { defaultPath, type Process } from '#core/spec/runtime'

const umask = 0o022

/** Of the command line. */
export interface Asked {
  /** What follows the image's name. */
  readonly command: readonly string[]
  /** '' takes the image's away. */
  readonly entrypoint: string | undefined
  readonly env: readonly string[]
  readonly workdir: string | undefined
  readonly user: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly stopSignal: string | undefined
}

/** The container's own config: the image's with what was asked for in its place. `commit` makes it the config of an image. */
export function containerConfig(image: ContainerConfig, asked: Asked): ContainerConfig {
  const { entrypoint, command, env, workdir, user, labels, stopSignal } = asked
  const { Entrypoint, Cmd, ...rest } = image
  return {
    ...rest,
    ...argsOf({ Entrypoint, Cmd }, command, entrypoint),
    ...(env.length === 0 ? {} : { Env: mergeEnv(image.Env ?? [], env) }),
    ...(workdir === undefined ? {} : { WorkingDir: workdir }),
    ...(user === undefined ? {} : { User: user }),
    ...(Object.keys(labels).length === 0 ? {} : { Labels: { ...image.Labels, ...labels } }),
    ...(stopSignal === undefined ? {} : { StopSignal: stopSignal }),
  }
}

interface Args {
  readonly Entrypoint?: readonly string[] | null | undefined
  readonly Cmd?: readonly string[] | null | undefined
}

// #region args
/** A command takes the place of Cmd, and an entrypoint of the command line takes both away. */
function argsOf(image: Args, command: readonly string[], entrypoint: string | undefined) {
  const own = entrypoint === undefined ? (image.Entrypoint ?? []) : entrypoint === '' ? [] : [entrypoint]
  const more = command.length > 0 || entrypoint !== undefined ? command : (image.Cmd ?? [])
  return { ...(own.length === 0 ? {} : { Entrypoint: own }), ...(more.length === 0 ? {} : { Cmd: more }) }
}
// #endregion args

/** The program and its arguments. @throws MiniDockerError InvalidArgument when nobody says what to run */
export function commandOf({ Entrypoint, Cmd }: ContainerConfig): readonly string[] {
  const args = [...(Entrypoint ?? []), ...(Cmd ?? [])]
  if (args.length > 0) return args
  return fail('InvalidArgument', {
    what: 'command',
    why: 'none is given, and the image names none',
    hint: 'mini-docker ch4 run IMAGE COMMAND [ARG...]',
  })
}

/** @param extraEnv which the image may overrule. @throws MiniDockerError InvalidArgument */
export function processOfConfig(config: ContainerConfig, account: Account, extraEnv: readonly string[]): Process {
  const { uid, gid, additionalGids, home } = account
  const cwd = config.WorkingDir || '/'
  if (!cwd.startsWith('/')) {
    fail('InvalidArgument', { what: `workdir '${cwd}'`, why: 'is not an absolute path', hint: `--workdir /${cwd}` })
  }
  return {
    args: commandOf(config),
    cwd,
    env: mergeEnv([`PATH=${defaultPath}`, ...extraEnv, `HOME=${home}`], config.Env ?? []),
    user: { uid, gid, umask, ...(additionalGids === undefined ? {} : { additionalGids }) },
  }
}
