/** What is left of a registry after gc with ch5/garbage. */

import { createHash } from 'node:crypto'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { said } from '../black-box/view.js'
import { differ } from '../support/answers.js'
import { served } from '../support/room-registry.js'

const sha = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`
const type = 'application/vnd.oci.image'

export async function removesThatAlone(room: Room): Promise<Failure | null> {
  const name = `team/${room.nonce()}`
  const put = async (url: string, body: string, mediaType = 'application/octet-stream'): Promise<void> => {
    const { status } = await fetch(url, { method: 'PUT', body, headers: { 'content-type': mediaType } })
    if (status !== 201) throw new Error(`PUT ${url}: ${status}`)
  }
  const made = await served(room, [], async (url, root) => {
    const blob = async (text: string): Promise<object> => {
      const begun = await fetch(`${url}/v2/${name}/blobs/uploads/`, { method: 'POST' })
      const place = new URL(begun.headers.get('location')!, url)
      place.searchParams.set('digest', sha(text))
      await put(place.href, text)
      return { mediaType: `${type}.layer.v1.tar`, digest: sha(text), size: text.length }
    }
    const image = async (tag: string | null, base: object): Promise<readonly [manifest: string, layer: string]> => {
      const [config, top] = [await blob(JSON.stringify({ nonce: room.nonce() })), room.nonce()]
      const text = JSON.stringify({
        schemaVersion: 2,
        mediaType: `${type}.manifest.v1+json`,
        config: { ...config, mediaType: `${type}.config.v1+json` },
        layers: [base, await blob(top)],
      })
      await put(`${url}/v2/${name}/manifests/${tag ?? sha(text)}`, text, `${type}.manifest.v1+json`)
      return [sha(text), sha(top)]
    }
    const shared = room.nonce()
    const base = await blob(shared)
    const [stays, goes] = [await image('latest', base), await image(null, base)]
    return { root, shared: sha(shared), stays, goes }
  })
  const ran = room.run(['ch5', 'gc', '--root', made.root, '--grace', '0', '--delete-untagged'])
  if (ran.code !== 0) return differ('ch5 gc ends well', said(ran))
  return served(
    room,
    [],
    async url => {
      const status = async (what: string): Promise<number> =>
        (await fetch(`${url}/v2/${name}/${what}`, { method: 'HEAD' })).status
      const wanted = [
        [`manifests/${made.stays[0]}`, 200],
        [`blobs/${made.stays[1]}`, 200],
        [`blobs/${made.shared}`, 200],
        [`manifests/${made.goes[0]}`, 404],
        [`blobs/${made.goes[1]}`, 404],
      ] as const
      for (const [what, right] of wanted) {
        const found = await status(what)
        if (found !== right) return differ(`HEAD ${what.slice(0, 24)}…: ${right}`, `it is ${found}`)
      }
      return null
    },
    made.root,
  )
}
