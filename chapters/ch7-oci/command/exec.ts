/** `exec`: the process is that of config.json, but for what the options say; or all of it stands in a file. Options as runc 1.2 has them. */

import { fail } from '#core/errors'
import type { Capabilities, Process, User } from '#core/spec/runtime'
import { type Command, countOf, idOf, one, preserving } from './command.js'
import type { Option, Parsed } from './options.js'

const options: readonly Option[] = [
  {
    name: 'process',
    short: 'p',
    value: 'FILE',
    about: 'the process, as in config.json: all but terminal and pid file',
  },
  { name: 'tty', short: 't', about: 'with a terminal' },
  { name: 'console-socket', value: 'SOCKET', about: 'who takes the master of its terminal' },
  { name: 'detach', short: 'd', about: 'do not wait for its end' },
  { name: 'pid-file', value: 'FILE', about: 'where its pid is written' },
  { name: 'env', short: 'e', value: 'KEY=VALUE', about: 'one more variable' },
  { name: 'user', short: 'u', value: 'UID[:GID]', about: 'as whom' },
  { name: 'additional-gids', short: 'g', value: 'GID', about: 'one more group' },
  { name: 'cwd', value: 'DIR', about: 'where' },
  { name: 'cap', short: 'c', value: 'CAP', about: 'one more capability' },
  { name: 'no-new-privs', about: 'no program gives it more rights' },
  { name: 'apparmor', value: 'PROFILE', about: 'taken, and not applied' },
  { name: 'process-label', value: 'LABEL', about: 'of SELinux: taken, and not applied' },
  { name: 'cgroup', value: '[CONTROLLER:]PATH', about: "in a cgroup below the container's, which is there" },
  { name: 'ignore-paused', about: 'in a paused container, too: it runs once that goes on' },
  preserving,
]

export const exec: Command = {
  about: 'Run one more process in a container that runs.',
  usage: 'ID COMMAND [ARG...]',
  options,
  failure: 255,
  run: async (parsed, containers) => {
    const { exec, execable, readProcess } = await import('../lifecycle/exec.js')
    const id = idOf(parsed)
    const file = one(parsed, 'process')
    const ignorePaused = parsed.options.has('ignore-paused')
    const own = execable(containers, id, ignorePaused).spec!.process
    return exec(containers, {
      id,
      process: file === undefined ? processOf(parsed, own) : readProcess(file),
      detach: parsed.options.has('detach'),
      pidFile: one(parsed, 'pid-file') ?? null,
      consoleSocket: one(parsed, 'console-socket') ?? null,
      preserveFds: countOf(parsed, 'preserve-fds'),
      cgroups: parsed.options.get('cgroup') ?? [],
      ignorePaused,
    })
  },
}

/** @param own the container's: what is not said is as it has it */
function processOf(parsed: Parsed, { apparmorProfile, selinuxLabel, ...own }: Process): Process {
  const { options } = parsed
  const label = one(parsed, 'process-label')
  const profile = one(parsed, 'apparmor')
  return {
    ...own,
    args: commandOf(parsed),
    env: [...(own.env ?? []), ...(options.get('env') ?? [])],
    terminal: options.has('tty'),
    cwd: one(parsed, 'cwd') ?? own.cwd,
    user: withGroups(userOf(one(parsed, 'user'), own.user), options.get('additional-gids') ?? []),
    ...(own.capabilities === undefined ? {} : { capabilities: adding(options.get('cap') ?? [], own.capabilities) }),
    ...(options.has('no-new-privs') ? { noNewPrivileges: true } : {}),
    // those of the container were told of when it was created
    ...(profile === undefined ? {} : { apparmorProfile: profile }),
    ...(label === undefined ? {} : { selinuxLabel: label }),
  }
}

function commandOf({ rest: [, ...command] }: Parsed): readonly string[] {
  return command.length > 0 ? command : fail('InvalidArgument', { what: 'command', why: 'is missing' })
}

/** @param own what is not said stays as it is */
function userOf(text: string | undefined, own: User): User {
  if (text === undefined) return own
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(text) ?? []
  if (uid === undefined)
    fail('InvalidArgument', {
      what: `--user '${text}'`,
      why: 'is no UID[:GID]',
      hint: 'names are for engines to look up',
    })
  return { ...own, uid: Number(uid), ...(gid === undefined ? {} : { gid: Number(gid) }) }
}

function withGroups(user: User, gids: readonly string[]): User {
  const bad = gids.find(gid => !/^\d{1,10}$/.test(gid) || Number(gid) >= 2 ** 32 - 1)
  if (bad !== undefined) fail('InvalidArgument', { what: `--additional-gids '${bad}'`, why: 'is no GID' })
  return gids.length === 0 ? user : { ...user, additionalGids: [...(user.additionalGids ?? []), ...gids.map(Number)] }
}

/**
 * As runc: what is added is effective, and bounded for all that it starts. Ambient ones have to be inheritable, which --cap does not
 * ask for: they are added for who has such already. A container that is limited in none has them all.
 */
function adding(names: readonly string[], own: Capabilities): Capabilities {
  const more = (set: keyof Capabilities): Capabilities => ({ [set]: [...new Set([...(own[set] ?? []), ...names])] })
  if (names.length === 0) return own
  return {
    ...own,
    ...more('bounding'),
    ...more('effective'),
    ...more('permitted'),
    ...((own.inheritable ?? []).length === 0 ? {} : more('ambient')),
  }
}
