/** ch4's flags, as the docker command has them: data. */

import type { Flag } from '#core/cli/flags'

export const platformFlag: Flag = {
  name: 'platform',
  value: 'OS/ARCH',
  about: 'of an image for several (default: as this machine)',
}

export const jsonFlag: Flag = { name: 'json', about: 'JSON, with a version' }
export const quietFlag: Flag = { name: 'quiet', short: 'q', about: 'IDs alone' }

export const ownRunFlags: readonly Flag[] = [
  { name: 'entrypoint', value: 'PROGRAM', about: "in the place of the image's; '' takes it away" },
  { name: 'env-file', value: 'FILE', many: true, about: 'variables, KEY=VALUE in each line' },
  { name: 'label', short: 'l', value: 'KEY[=VALUE]', many: true, about: 'a note on it, for ps --json and commit' },
  { name: 'rm', about: 'remove it when it ends, with all that it wrote' },
  { name: 'cidfile', value: 'FILE', about: 'write its ID into a new file' },
  { name: 'stop-signal', value: 'SIGNAL', about: 'what asks it to end, for who stops it (ch6)' },
  platformFlag,
]

/** In the place of ch2's: there are volumes now. */
export const volumeFlag: Flag = {
  name: 'volume',
  short: 'v',
  value: '[SRC:]DST[:ro]',
  many: true,
  about: 'a directory of the host, a volume by its name, or without SRC a new one',
}

export const psFlags: readonly Flag[] = [
  { name: 'all', short: 'a', about: 'those that have ended, too' },
  quietFlag,
  { name: 'no-trunc', about: 'commands at their full length' },
  jsonFlag,
]

export const rmFlags: readonly Flag[] = [
  { name: 'force', short: 'f', about: 'end it first if it runs' },
  { name: 'volumes', short: 'v', about: 'its volumes without a name go, too' },
]

export const commitFlags: readonly Flag[] = [
  { name: 'change', short: 'c', value: 'INSTRUCTION', many: true, about: 'as in a Dockerfile: \'CMD ["sh"]\'' },
  { name: 'message', short: 'm', value: 'TEXT', about: 'a comment, for history' },
  { name: 'author', short: 'a', value: 'NAME', about: 'who made it' },
  { name: 'pause', short: 'p', value: 'true|false', about: 'whether it stands still meanwhile (usual: true)' },
]

export const cpFlags: readonly Flag[] = [
  { name: 'archive', short: 'a', about: 'owners as they are; else they are those of who receives' },
  { name: 'follow-link', short: 'L', about: 'where SRC is a symlink, what it leads to' },
  { name: 'quiet', short: 'q', about: 'accepted, for scripts: it says nothing anyway' },
]
