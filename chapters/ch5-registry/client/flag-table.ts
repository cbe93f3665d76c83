/** The client's flags, as the docker command has them: data. */

import type { Flag } from '#core/cli/flags'

export const insecureFlag: Flag = {
  name: 'insecure-registry',
  value: 'HOST[:PORT]',
  many: true,
  about: 'plain HTTP, or a certificate of nobody known, is good enough there (this machine itself: always)',
}
export const mirrorFlag: Flag = {
  name: 'registry-mirror',
  value: 'URL',
  many: true,
  about: 'asked first for images of docker.io (default: registry-mirrors in /etc/docker/daemon.json)',
}
export const platformFlag: Flag = {
  name: 'platform',
  value: 'OS/ARCH',
  about: 'of an image for several (default: as this machine)',
}
export const quietFlag: Flag = { name: 'quiet', short: 'q', about: 'the name alone, no progress' }
export const jsonFlag: Flag = { name: 'json', about: 'JSON, with a version' }
export const pullFlag: Flag = { name: 'pull', value: 'WHEN', about: 'always, missing (default) or never' }
export const downloadsFlag: Flag = { name: 'max-concurrent-downloads', value: 'N', about: 'blobs at once (default: 3)' }
export const uploadsFlag: Flag = { name: 'max-concurrent-uploads', value: 'N', about: 'blobs at once (default: 5)' }

export const pullFlags: readonly Flag[] = [
  { name: 'all-tags', short: 'a', about: 'every tag of the repository' },
  platformFlag,
  { name: 'all-platforms', about: 'of an image for several all, not only this machine’s' },
  quietFlag,
  downloadsFlag,
  mirrorFlag,
  insecureFlag,
]

export const pushFlags: readonly Flag[] = [
  { name: 'all-tags', short: 'a', about: 'every tag of the repository that is here' },
  { name: 'platform', value: 'OS/ARCH', about: 'of an image for several this one alone' },
  quietFlag,
  uploadsFlag,
  insecureFlag,
]
