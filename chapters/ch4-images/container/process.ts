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

export interface Asked {
  /** What follows the image's name. */
  readonly command: readonly string[]
  /** '' takes the image's away. */
  readonly entrypoint: string | undefined
  readonly env: readonly string[]
  readonly workdir: string | undefined
  readonly account: Account
  /** Which the image may overrule. */
  readonly extraEnv: readonly string[]
}

/** @throws MiniDockerError InvalidArgument when neither says what to run */
export function processOfImage(config: ContainerConfig, asked: Asked): Process {
  const { uid, gid, additionalGids, home } = asked.account
  const cwd = asked.workdir ?? (config.WorkingDir || '/')
  if (!cwd.startsWith('/')) {
    fail('InvalidArgument', { what: `workdir '${cwd}'`, why: 'is not an absolute path', hint: `--workdir /${cwd}` })
  }
  return {
    args: argsOf(config, asked),
    cwd,
    env: mergeEnv([`PATH=${defaultPath}`, ...asked.extraEnv, `HOME=${home}`], config.Env ?? [], asked.env),
    user: { uid, gid, umask, ...(additionalGids === undefined ? {} : { additionalGids }) },
  }
}

// #region args
/** A command takes the place of Cmd, and an entrypoint of the command line takes both away. */
function argsOf({ Entrypoint, Cmd }: ContainerConfig, { command, entrypoint }: Asked): readonly string[] {
  const own = entrypoint === undefined ? (Entrypoint ?? []) : entrypoint === '' ? [] : [entrypoint]
  const more = command.length > 0 || entrypoint !== undefined ? command : (Cmd ?? [])
  const args = [...own, ...more]
  if (args.length > 0) return args
  return fail('InvalidArgument', {
    what: 'command',
    why: 'none is given, and the image names none',
    hint: 'mini-docker ch4 run IMAGE COMMAND [ARG...]',
  })
}
// #endregion args
