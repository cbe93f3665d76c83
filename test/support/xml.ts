/** XML, read strictly: enough of it to tell whether what we write is well-formed. */

import * as assert from 'node:assert/strict'

export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

const token = /<\?xml [^?]*\?>|<(\/?)([\w-]+)((?: [\w.-]+="[^"<]*")*)(\/?)>|([^<]+)/y
/** Characters of XML 1.0, and ampersands that begin an entity alone. */
const text = /^(?:[\t\n\r\x20-\x25\x27-\ud7ff\ue000-\ufffd]|[\u{10000}-\u{10ffff}]|&(?:amp|lt|gt|quot|#\d+);)*$/u

/** All elements in the order of their starts. @throws when it is not well-formed */
export function wellFormed(xml: string): Element[] {
  const open: string[] = []
  const found: Element[] = []
  let roots = 0
  for (token.lastIndex = 0; token.lastIndex < xml.length; ) {
    const at = token.lastIndex
    const match = token.exec(xml)
    assert.ok(match !== null, `no XML: ${xml.slice(at, at + 80)}`)
    const [whole, ends, name, attributes = '', empty, content] = match
    assert.match(whole, text)
    if (content !== undefined) assert.ok(open.length > 0 || content.trim() === '', 'text outside of the root')
    if (name === undefined) continue
    if (ends === '/') {
      assert.equal(open.pop(), name)
      continue
    }
    if (open.length === 0) roots++
    const pairs = [...attributes.matchAll(/ ([\w.-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!] as const)
    assert.equal(new Set(pairs.map(([key]) => key)).size, pairs.length, `an attribute is there twice in ${whole}`)
    found.push({ name, attributes: Object.fromEntries(pairs) })
    if (empty !== '/') open.push(name)
  }
  assert.deepEqual(open, [])
  assert.equal(roots, 1)
  return found
}
