/** Flags of ch5's own: data. */

import type { Flag } from '#core/cli/flags'

export const rootFlag: Flag = {
  name: 'root',
  value: 'DIR',
  about: 'where the registry keeps its images (usual: registry, beside the images of ch4)',
}

const storageFlag: Flag = {
  name: 'storage',
  value: 'URL',
  about: 's3://BUCKET[/PREFIX][?endpoint=URL&region=NAME] instead of --root; AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY',
}

export const serveFlags: readonly Flag[] = [
  { name: 'listen', value: 'HOST:PORT', about: 'where (usual: 127.0.0.1:5000; port 0: any that is free)' },
  rootFlag,
  storageFlag,
  { name: 'gc', about: 'with --storage: remove garbage; only where no other server of the bucket is pushed to' },
  { name: 'htpasswd', value: 'FILE', about: 'users and their passwords: htpasswd -B -c FILE USER' },
  { name: 'auth', value: 'KIND', about: 'with --htpasswd: basic (usual), or token, which it gives out itself' },
  { name: 'token-key', value: 'FILE', about: 'by which tokens are signed: of several registries the same' },
  { name: 'policy', value: 'FILE', about: 'who may pull, push and delete where: JSON' },
  { name: 'tls-cert', value: 'FILE', about: 'HTTPS with this certificate, PEM' },
  { name: 'tls-key', value: 'FILE', about: 'and its key' },
  { name: 'seed', about: 'with the images that mini-docker makes itself: mini/base, mini/node, mini/web, mini/app' },
  { name: 'read-only', about: 'pull alone' },
  { name: 'quota', value: 'BYTES', about: 'of each repository: 500m, 20g' },
  { name: 'proxy', value: 'URL', about: 'a cache of that registry: what is not here is got from there' },
  { name: 'gc-every', value: 'MINUTES', about: 'remove garbage and old uploads so often (usual: 60; 0: never)' },
  { name: 'gc-grace', value: 'MINUTES', about: 'keep what nobody names that long (usual: 60)' },
  { name: 'upload-age', value: 'MINUTES', about: 'keep an upload that nobody goes on with that long (usual: 1440)' },
  { name: 'delete-untagged', about: 'garbage is also an image without a tag' },
  { name: 'log', value: 'KIND', about: 'of requests, on stderr: text (usual), json or none' },
  { name: 'grace', value: 'SECONDS', about: 'for what runs when it is told to end (usual: 30)' },
]

export const gcFlags: readonly Flag[] = [
  rootFlag,
  storageFlag,
  { name: 'dry-run', about: 'only say what would go' },
  { name: 'grace', value: 'MINUTES', about: 'keep what is younger (usual: 60)' },
  { name: 'delete-untagged', about: 'also images without a tag' },
  { name: 'json', about: 'JSON, with a version' },
]
