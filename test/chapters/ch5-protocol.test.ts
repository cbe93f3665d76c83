import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { accepts } from '#chapters/ch5-registry/protocol/accept'
import { formatChallenge, parseChallenges } from '#chapters/ch5-registry/protocol/challenge'
import { errorBody, errorsIn } from '#chapters/ch5-registry/protocol/errors'
import { nextIn, nextLink } from '#chapters/ch5-registry/protocol/link'
import { pageOf, parsePage } from '#chapters/ch5-registry/protocol/page'
import { parseByteRange, parseContentRange, parseUploadRange, uploadRange } from '#chapters/ch5-registry/protocol/range'
import { isRepository, matchRoute, pathOf } from '#chapters/ch5-registry/protocol/routes'
import { covers, formatScope, parseScopes } from '#chapters/ch5-registry/protocol/scope'
import { fits } from '#chapters/ch5-registry/server/auth/policy'
import { readDocument } from '#chapters/ch5-registry/server/manifest/document'

const part = fc.stringMatching(/^[a-z0-9]{1,8}(?:(?:\.|_|__|-)[a-z0-9]{1,8}){0,2}$/)
const repository = fc.array(part, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'))
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map(hex => `sha256:${hex}`)
const word = fc.stringMatching(/^[a-z]{1,10}$/)

test('a path leads back to what it was made of', () => {
  fc.assert(
    fc.property(repository, digest, (name, reference) => {
      for (const resource of ['manifest', 'blob', 'referrers'] as const) {
        const match = matchRoute(decodeURIComponent(pathOf(resource, name, reference)))
        assert.equal([match?.route.resource, match?.name, match?.reference], [resource, name, reference])
      }
      const match = matchRoute(pathOf('tags', name))
      assert.equal([match?.route.resource, match?.name], ['tags', name])
    }),
  )
})

test('whatever a path is, a name that is accepted has no way out of its directory', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), text => {
      const match = matchRoute(`/v2/${text}/tags/list`)
      if (match === null || !isRepository(match.name)) return
      assert.not.match(match.name, /(^|\/)[._]|\/\/|\\|\0|[A-Z]/)
    }),
  )
})

test('challenges are read as they were written', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', ',', '=', ' ', ':'), maxLength: 12 })
  fc.assert(
    fc.property(text, text, (realm, scope) => {
      const header = `${formatChallenge('Bearer', { realm, scope })}, ${formatChallenge('Basic', { realm: 'x' })}`
      assert.equal(parseChallenges(header), [
        { scheme: 'bearer', parameters: { realm, scope } },
        { scheme: 'basic', parameters: { realm: 'x' } },
      ])
    }),
  )
})

test('parsers say something of any text, and do not throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(100), (text, size) => {
      parseChallenges(text)
      errorsIn(text)
      nextIn(text)
      parseScopes(text)
      parseContentRange(text)
      parseUploadRange(text)
      accepts(text, 'a/b')
      matchRoute(text)
      readDocument(Buffer.from(text), undefined)
      parsePage(new URLSearchParams(text))
      fits(text, 'a/b')
      const span = parseByteRange(text, size)
      if (span !== null && span !== 'whole') assert.ok(span.first <= span.last && span.last < size)
    }),
  )
})

test('whatever JSON comes as a manifest, it is read or refused in words', () => {
  const text = fc.constantFrom('mediaType', 'config', 'layers', 'manifests', 'subject', 'digest', 'size', 'annotations')
  const value = fc.letrec(tie => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue(),
      fc.dictionary(fc.oneof(text, fc.string()), tie('any')),
      fc.array(tie('any'), { maxLength: 3 }),
    ),
  })).any
  fc.assert(
    fc.property(fc.dictionary(text, value), more => {
      const read = readDocument(Buffer.from(JSON.stringify({ schemaVersion: 2, ...more })), undefined)
      if ('wrong' in read) assert.ok(read.wrong.length > 0)
      else for (const one of [...read.blobs, ...read.manifests]) assert.match(one.digest, /^sha256:[0-9a-f]{64}$/)
    }),
  )
})

test('a range of bytes is the slice that it names', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(60), fc.nat(60), (size, a, b) => {
      const bytes = Buffer.from(Array.from({ length: size }, (_, i) => i))
      const [first, last] = [Math.min(a, b), Math.max(a, b)]
      const span = parseByteRange(`bytes=${first}-${last}`, size)
      if (first >= size) assert.is(span, null)
      else assert.equal(span, { first, last: Math.min(last, size - 1) })
      const tail = parseByteRange(`bytes=-${a}`, size)
      if (a === 0 || size === 0) assert.is(tail, null)
      else if (tail !== null && tail !== 'whole') {
        assert.equal(bytes.subarray(tail.first, tail.last + 1), bytes.subarray(-a))
      }
      assert.equal(parseUploadRange(uploadRange(size)), { first: 0, last: Math.max(0, size - 1) })
    }),
  )
})

test('pages lead through all of a list, each once', () => {
  fc.assert(
    fc.property(fc.uniqueArray(word, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), (names, n) => {
      const sorted = names.sort()
      const found: string[] = []
      let target: string | null = `/v2/a/tags/list?n=${n}`
      for (let i = 0; i <= sorted.length && target !== null; i++) {
        const query = new URLSearchParams(target.split('?')[1])
        const page = pageOf(sorted, parsePage(query)!, name => name, '/v2/a/tags/list')
        assert.ok(page.items.length <= n)
        found.push(...page.items)
        target = nextIn(page.link ?? undefined)
      }
      assert.equal(found, sorted)
      assert.is(target, null)
    }),
  )
})

test('links and errors are read as they were written', () => {
  assert.is(nextIn(nextLink('/v2/a/tags/list?n=1&last=b')), '/v2/a/tags/list?n=1&last=b')
  const body = errorBody({ code: 'DENIED', message: 'no', detail: { a: 1 } })
  assert.equal(errorsIn(body), [{ code: 'DENIED', message: 'no' }])
})

test('a scope covers itself and less, and nothing of another name', () => {
  const actions = fc.uniqueArray(fc.constantFrom('pull', 'push', 'delete'), { minLength: 1 })
  fc.assert(
    fc.property(repository, repository, actions, actions, (name, other, granted, asked) => {
      const scope = { type: 'repository', name, actions: granted }
      assert.equal(parseScopes(formatScope(scope)), [scope])
      const isLess = asked.every(action => granted.includes(action))
      assert.is(covers([scope], { ...scope, actions: asked }), isLess)
      if (other !== name) assert.not(covers([scope], { ...scope, name: other }))
    }),
  )
})

test('a type is acceptable as the header says', () => {
  assert.ok(
    accepts(undefined, 'a/b') && accepts('*/*', 'a/b') && accepts('x/y, A/B;q=0.5', 'a/b') && accepts('a/*', 'a/b'),
  )
  assert.not(accepts('a/c', 'a/b') || accepts('a/b;q=0', 'a/b') || accepts('a/b+json', 'a/b'))
})

test.run()
