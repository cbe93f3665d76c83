/** The language runtime: this machine's Node, with its libraries and the certificates of the web, on top of the base. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { closureOf } from '#core/rootfs/closure'
import { defaultPath } from '#core/spec/runtime'
import { Collector } from './collect.js'
import { settleDirectories } from './entries.js'
import type { Item } from './item.js'

/** Read by OpenSSL's programs and libraries; Node has certificates of its own as well. */
const alsoRead = ['/etc/ssl/openssl.cnf', '/etc/ssl/certs/ca-certificates.crt']

/** @param program Node's own path; where no PATH leads to it, /usr/local/bin/node does */
export function nodeItems(program: string = fs.realpathSync(process.execPath)): readonly Item[] {
  const collector = new Collector(() => false, { uid: process.geteuid!(), gid: process.getegid!() })
  const { files, links } = closureOf([program])
  for (const { source } of files) collector.add(source, 'static')
  for (const { target } of links) collector.add(target, 'path', false)
  for (const file of alsoRead.filter(one => fs.existsSync(one))) collector.add(file, 'static')
  const isInPath = defaultPath.split(':').includes(path.dirname(program)) && path.basename(program) === 'node'
  if (!isInPath) collector.fill(linkTo(program))
  return settleDirectories(collector.items()).filter(({ target }) => target !== '/')
}

function linkTo(program: string): Item[] {
  const owned = { uid: 0, gid: 0, size: 0, mtime: null, way: 'path' } as const
  const directories = ['/usr', '/usr/local', '/usr/local/bin']
  return [
    ...directories.map((target): Item => ({ target, type: 'directory', mode: 0o755, ...owned })),
    { target: '/usr/local/bin/node', type: 'symlink', mode: 0o777, text: program, ...owned },
  ]
}
