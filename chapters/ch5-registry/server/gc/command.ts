/** `ch5 gc`: garbage collection of a registry that is not served. */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { humanSize } from '#core/cli/human-size'
import { out, printJson } from '#core/cli/print'
import { fail } from '#core/errors'
import { Leases } from '../leases.js'
import { Repositories } from '../repositories.js'
import { number, usualRoot } from '../serve-command.js'
import { FileSystemStorage } from '../storage/file-system.js'
import { S3Storage } from '../storage/s3.js'
import { Uploads } from '../upload/uploads.js'
import { collect } from './collect.js'

export async function collectGarbage(flags: Flags): Promise<number> {
  const bucket = flags.one('storage')
  const storage =
    bucket === undefined ? inDirectory(flags.one('root') ?? usualRoot()) : await S3Storage.open(bucket, process.env)
  const never = new Leases(() => 0) // nobody else is here
  const dryRun = flags.on('dry-run')
  const repositories = new Repositories(storage, never)
  const gone = await collect(repositories, {
    since: Date.now() - number(flags, 'grace', 60) * 60_000 + 1,
    deleteUntagged: flags.on('delete-untagged'),
    dryRun,
  })
  // a server of a directory does so by itself; of a bucket often none does
  if (bucket !== undefined && !dryRun) {
    await new Uploads(storage).purge(await repositories.names(), Date.now() - UPLOAD_MS)
  }
  await storage.close()
  const bytes = gone.blobs.reduce((sum, { size }) => sum + size, 0)
  if (flags.on('json')) {
    printJson({ version: 1, dryRun, ...gone, bytes })
    return 0
  }
  for (const manifest of gone.manifests) out(`manifest ${manifest}\n`)
  for (const link of gone.links) out(`link ${link}\n`)
  for (const { digest, size } of gone.blobs) out(`blob ${digest} ${humanSize(size)}\n`)
  out(`${dryRun ? 'would be freed' : 'freed'}: ${humanSize(bytes)}\n`)
  return 0
}

const UPLOAD_MS = 24 * 3_600_000

function inDirectory(root: string): FileSystemStorage {
  if (fs.existsSync(root)) return new FileSystemStorage(root)
  return fail('NotFound', { what: `registry '${root}'`, why: 'ENOENT', hint: '--root DIR names another place' })
}
