/** The upper half of the stack: a web server, and a page for it to show. Texts, and where they lie. Pure. */

import type { Item } from './item.js'

export const serverPath = '/usr/local/lib/web/server.mjs'
export const siteDirectory = '/srv/www'

/** Serves the files of a directory; a path that leads out of it, or to nothing, is 404. */
const server = `import * as fs from 'node:fs'
import * as http from 'node:http'
import * as path from 'node:path'

const root = process.argv[2] ?? '${siteDirectory}'
const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.json': 'application/json' }

function fileOf(url) {
  try {
    const asked = path.normalize(decodeURIComponent(new URL(url, 'http://x').pathname))
    return path.join(root, asked.endsWith('/') ? asked + 'index.html' : asked)
  } catch {
    return root // no path at all: a directory is no file to read either
  }
}

const server = http.createServer((request, response) => {
  const file = fileOf(request.url)
  fs.readFile(file, (error, bytes) => {
    response.writeHead(error ? 404 : 200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' })
    response.end(error ? 'not found\\n' : bytes)
  })
})
const port = Number(process.env.PORT ?? 8080)
server.listen(port, () => console.log('listening on ' + port))
// number 1 of a container has no default for signals
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0))
`

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>packed once</title>
<h1>Packed once, run anywhere</h1>
<p>This page is a layer of its own, on a web server, on a language runtime, on an operating system.
`

const owned = { uid: 0, gid: 0, mtime: null, way: 'expected' } as const

const directory = (target: string): Item => ({ target, type: 'directory', mode: 0o755, size: 0, ...owned })

function file(target: string, text: string): Item {
  const bytes = Buffer.from(text)
  return { target, type: 'file', mode: 0o644, size: bytes.length, content: { bytes }, ...owned }
}

export const serverItems: readonly Item[] = [
  ...['/usr', '/usr/local', '/usr/local/lib', '/usr/local/lib/web'].map(directory),
  file(serverPath, server),
]

/** @param text another page than the usual one */
export const appItems = (text: string = page): readonly Item[] => [
  ...['/srv', siteDirectory].map(directory),
  file(`${siteDirectory}/index.html`, text),
]
