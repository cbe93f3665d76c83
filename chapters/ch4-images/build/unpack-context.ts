/** A context from stdin: an archive into an empty directory, as the caller's own files; or a Dockerfile alone. */

import * as fs from 'node:fs'
import { PassThrough, type Readable } from 'node:stream'
import { fail } from '#core/errors'
import { formatOf, plainStream, readArchive } from './archive.js'

/** What has to be seen of it to know what it is. */
const HEAD = 512

/** @returns the text, when it is no archive; null when it is unpacked into `root` */
export async function unpackContext(root: string): Promise<string | null> {
  const { head, rest } = await beginning(process.stdin)
  const format = formatOf(head)
  if (format === null) {
    const chunks: Buffer[] = []
    for await (const chunk of rest) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks).toString('utf8')
  }
  const spool = `${root}.files`
  fs.mkdirSync(spool, { mode: 0o700 })
  // owners of an archive mean nothing for a context: its files are root's in the image, whoever they were
  for (const { entry, content } of await readArchive(plainStream(rest, format), 'stdin', spool)) {
    const place = `${root}/${entry.path}`
    makeAbove(root, entry.path)
    if (entry.type === 'directory') fs.mkdirSync(place, { recursive: true, mode: entry.mode | 0o700 })
    else if (content !== null) fs.renameSync(content, place)
    else if (entry.type === 'symlink') fs.symlinkSync(entry.target!, place)
    else if (entry.type === 'link') {
      makeAbove(root, entry.target!)
      fs.linkSync(`${root}/${entry.target}`, place)
    }
    if (entry.type === 'file') fs.chmodSync(place, entry.mode)
    const seconds = Number(entry.mtime) / 1e9
    if (entry.type !== 'link' && entry.path !== '') fs.lutimesSync(place, seconds, seconds)
  }
  return null
}

/** The directories above it, none of them a link that would lead out. */
function makeAbove(root: string, path: string): void {
  let place = root
  for (const name of path.split('/').slice(0, -1)) {
    place += `/${name}`
    const stat = fs.lstatSync(place, { throwIfNoEntry: false })
    if (stat === undefined) fs.mkdirSync(place, { mode: 0o755 })
    else if (!stat.isDirectory()) {
      fail('FailedPrecondition', { what: `archive 'stdin': '${path}'`, why: 'lies behind what is no directory' })
    }
  }
}

async function beginning(source: Readable): Promise<{ head: Buffer; rest: Readable }> {
  const rest = new PassThrough()
  const iterator = source[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < HEAD) {
    const { value, done } = await iterator.next()
    if (done === true) break
    head = Buffer.concat([head, value as Buffer])
  }
  const feed = async (): Promise<void> => {
    rest.write(head)
    for (;;) {
      const { value, done } = await iterator.next()
      if (done === true) break
      if (!rest.write(value)) await new Promise(resolve => rest.once('drain', resolve))
    }
    rest.end()
  }
  feed().catch((error: Error) => rest.destroy(error))
  return { head, rest }
}
