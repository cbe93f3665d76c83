/** The built site on a port of the loopback, gzipped as a real host would: what a browser fetches is counted in bytes. */

import * as fs from 'node:fs'
import * as http from 'node:http'
import type { AddressInfo } from 'node:net'
import * as path from 'node:path'
import { gzipSync } from 'node:zlib'
import { repository } from '#support/repository'

export const builtSite = `${repository}site/.vitepress/dist`

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
}

export interface Served {
  readonly address: string
  close(): void
}

export async function serveSite(): Promise<Served> {
  const bodies = new Map<string, Buffer>()
  const zipped = (file: string): Buffer => {
    const body = bodies.get(file) ?? gzipSync(fs.readFileSync(file))
    bodies.set(file, body)
    return body
  }
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://here')
    const file = fileFor(decodeURIComponent(pathname))
    const type = types[path.extname(file ?? '.html')] ?? 'application/octet-stream'
    response.writeHead(file === null ? 404 : 200, {
      'content-type': type,
      'content-encoding': 'gzip',
      // their names change with what is in them
      ...(pathname.startsWith('/assets/') ? { 'cache-control': 'max-age=3600' } : {}),
    })
    response.end(zipped(file ?? `${builtSite}/404.html`))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { address: `http://127.0.0.1:${port}`, close: () => server.close() }
}

/** Clean addresses: `/ch1` is ch1.html, `/labs/` is labs/index.html. */
function fileFor(pathname: string): string | null {
  const place = path.join(builtSite, pathname)
  const candidates = pathname.endsWith('/') ? [`${place}index.html`] : [place, `${place}.html`]
  return candidates.find(file => fs.statSync(file, { throwIfNoEntry: false })?.isFile()) ?? null
}

/** `/`, `/ch1`, `/zh/labs/ch1/enter-root` …: every page that was built. */
export function builtPages(): string[] {
  return fs
    .readdirSync(builtSite, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.html') && name !== '404.html')
    .map(name => `/${name.slice(0, -'.html'.length)}`.replace(/\/index$/, '/'))
    .sort()
}
