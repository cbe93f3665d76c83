/** A bucket of an object store that runs in this process, and whose it is: s3rver, made by others. */

import * as fs from 'node:fs'
import S3rver from '@20minutes/s3rver'
import { S3Storage } from '#chapters/ch5-registry/server/storage/s3'
import { parseS3Address } from '#chapters/ch5-registry/server/storage/s3-address'
import { type Entry, type Objects, openObjects } from '#chapters/ch5-registry/server/storage/s3-objects'
import { newRoot } from './registry.js'

export interface Bucket {
  /** `s3://BUCKET/PREFIX?endpoint=…` */
  readonly address: string
  readonly env: Readonly<Record<string, string>>
  open(): Promise<S3Storage>
  /** Keys of all objects. */
  keys(): string[]
  close(): Promise<void>
}

export async function newBucket(): Promise<Bucket> {
  const directory = newRoot()
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    // it takes the path of a list for another than it was sent
    allowMismatchedSignatures: true,
    directory,
    configureBuckets: [{ name: 'images' }],
  })
  const { port } = await server.run()
  const address = `s3://images/one/two?endpoint=http://127.0.0.1:${port}`
  const env = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER', AWS_REGION: 'us-east-1' }
  return {
    address,
    env,
    open: async () => new S3Storage(withDeepPrefixes(await openObjects(parseS3Address(address, env)))),
    keys: () =>
      (fs.readdirSync(`${directory}/images`, { recursive: true }) as string[])
        .filter(name => name.endsWith('._S3rver_object'))
        .map(name => name.replace('._S3rver_object', '')),
    close: () => server.close(),
  }
}

/** s3rver does not find a prefix whose objects are all two levels below: what a list by a delimiter is, is made of a whole one. */
const withDeepPrefixes = (objects: Objects): Objects => ({
  ...objects,
  async list(prefix, options) {
    if (options?.shallow !== true) return objects.list(prefix, options)
    const found = new Map<string, Entry>()
    for (const entry of await objects.list(prefix)) {
      const [name, ...below] = entry.key.slice(prefix.length).split('/')
      const key = `${prefix}${name}${below.length > 0 ? '/' : ''}`
      found.set(key, { ...entry, key })
    }
    return [...found.values()]
  },
})
