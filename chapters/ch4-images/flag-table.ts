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
  { name: 'rm', about: 'remove it when it ends, with all that it wrote' },
  platformFlag,
]
