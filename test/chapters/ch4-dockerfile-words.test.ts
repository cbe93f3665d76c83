// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how a Dockerfile writes a variable
/** ch4: words of a Dockerfile: variables, quotes, escapes; patterns of names; what .dockerignore leaves out. */

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compileGlob } from '#chapters/ch4-images/dockerfile/glob'
import { cleanPath, parseIgnore } from '#chapters/ch4-images/dockerfile/ignore'
import { expand, expandToWords } from '#chapters/ch4-images/dockerfile/words'
import { MiniDockerError } from '#core/errors'

const variables = new Map([
  ['home', '/root'],
  ['shell', 'sh'],
  ['empty', ''],
  ['path', 'a/b/c.tar.gz'],
])
const ours = (text: string): string => expand(text, { variables, escape: '\\' })

/** Text and what it becomes. */
const table: readonly (readonly [string, string])[] = [
  ['plain', 'plain'],
  ['$home', '/root'],
  ['${home}', '/root'],
  ['x${home}y', 'x/rooty'],
  ['$home.d', '/root.d'],
  ['$nobody.', '.'],
  ['a$1b', 'ab'],
  ['a$.b', 'a$.b'],
  ['a$', 'a$'],
  ['$$', '$$'],
  ['a$ b', 'a$ b'],
  // quotes and escapes
  ['a"b"c', 'abc'],
  ["a'b'c", 'abc'],
  ['"$home"', '/root'],
  ["'$home'", '$home'],
  [`"'$home'"`, "'/root'"],
  [`'"$home"'`, '"$home"'],
  ['\\$home', '$home'],
  ['\\\\$home', '\\/root'],
  ['"\\$home"', '$home'],
  ['"a\\tb"', 'a\\tb'],
  ['a\\tb', 'atb'],
  ["'a\\tb'", 'a\\tb'],
  ['"a\\"b"', 'a"b'],
  ["it\\'s", "it's"],
  ['end\\', 'end'],
  ['\\${}', '${}'],
  // or else, if, fail
  ['${nobody:-x}', 'x'],
  ['${nobody-x}', 'x'],
  ['${empty:-x}', 'x'],
  ['${empty-x}', ''],
  ['${home:-x}', '/root'],
  ['${home:+x}', 'x'],
  ['${home+x}', 'x'],
  ['${empty:+x}', ''],
  ['${empty+x}', 'x'],
  ['${nobody:+x}', ''],
  ['${nobody+x}', ''],
  ['${home:?none}', '/root'],
  ['${empty?none}', ''],
  ['${nobody:-$home}', '/root'],
  ['${nobody:-${other:-${home}}}', '/root'],
  ['${nobody:-"a b"}', 'a b'],
  ['${nobody:-a\\}b}', 'a}b'],
  ['${home:+${shell}:}x', 'sh:x'],
  // cut, replace
  ['${path#*/}', 'b/c.tar.gz'],
  ['${path##*/}', 'c.tar.gz'],
  ['${path%.*}', 'a/b/c.tar'],
  ['${path%%.*}', 'a/b/c'],
  ['${path#x}', 'a/b/c.tar.gz'],
  ['${path%?gz}', 'a/b/c.tar'],
  ['${path/b/x}', 'a/x/c.tar.gz'],
  ['${path/[/x}', 'a/b/c.tar.gz'],
  ['${path//\\//-}', 'a-b-c.tar.gz'],
  ['${path//a}', '/b/c.tr.gz'],
  ['${path/a*c/x}', 'x.tar.gz'],
  ['${nobody#x}', ''],
]
for (const [text, wanted] of table) {
  test(`${text} becomes '${wanted}' when it is expanded`, () => assert.is(ours(text), wanted))
}

for (const text of [
  '${}',
  '${',
  '${home',
  '${.}',
  '${home:x}',
  '${home:=x}',
  '${home!}',
  '"a',
  "'a",
  'a"b\\"',
  '${a:-${b}',
]) {
  test(`${text} is refused when it is expanded`, () => {
    assert.throws(
      () => ours(text),
      (error: unknown) => error instanceof MiniDockerError && error.class === 'InvalidArgument',
    )
  })
}

test('what ${A:?word} says is the error when there is no A', () => {
  assert.throws(() => ours('${nobody:?say who}'), /variable 'nobody': say who/)
  assert.throws(() => ours('${empty:?}'), /variable 'empty': is not set/)
})

test('the escape character is another when the file says so', () => {
  assert.is(expand('`$home\\x', { variables, escape: '`' }), '$home\\x')
})

test('quotes and escapes stay when the text is a heredoc', () => {
  assert.is(expand('"$home" \'$shell\' \\$x', { variables, escape: '\\', raw: true }), '"/root" \'sh\' \\$x')
})

test('a variable becomes several words when they are wanted, and one when it is quoted', () => {
  const ports = new Map([['P', '80 443/tcp']])
  assert.equal(expandToWords('$P 22', { variables: ports, escape: '\\' }), ['80', '443/tcp', '22'])
  assert.equal(expandToWords('"$P" 22', { variables: ports, escape: '\\' }), ['80 443/tcp', '22'])
})

test('a word comes back unchanged when there is nothing special in it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }).filter(text => !/[$\\'"]/.test(text)),
      text => assert.is(ours(text), text),
    ),
  )
})

test('nothing but an error for people is thrown when any text is expanded', () => {
  const piece = fc.constantFrom('$', '{', '}', 'home', ':', '-', '+', '?', '#', '%', '/', '*', '\\', '"', "'", ' ')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), parts => {
      try {
        ours(parts.join(''))
      } catch (error) {
        assert.instance(error, MiniDockerError)
      }
    }),
    { numRuns: 5000 },
  )
})

test('a text is refused in time when it is nested or repeated without end', () => {
  const start = Date.now()
  assert.throws(() => ours('${a:-'.repeat(100_000)), /nested too deeply/)
  const long = new Map([['a', 'a'.repeat(3000)]])
  assert.is(expand('${a#*a*a*a*b}', { variables: long, escape: '\\' }), 'a'.repeat(3000))
  assert.ok(Date.now() - start < 5000, String(Date.now() - start))
})

test('a quoted value is what a shell reads when it is expanded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      assert.is(ours(`"${text.replace(/["$\\]/g, '\\$&')}"`), text)
      if (!text.includes("'")) assert.is(ours(`'${text}'`), text)
    }),
  )
})

/** Pattern, what it matches, what it does not: Go's filepath.Match. */
const globs: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['*.c', ['a.c', '.c'], ['a/b.c', 'a.cc']],
  ['a?c', ['abc', 'aöc'], ['a/c', 'ac']],
  ['[a-cx]', ['a', 'c', 'x'], ['d', '-']],
  ['[^a-c]', ['d'], ['a']],
  ['[\\]a]', [']', 'a'], ['\\']],
  ['\\*', ['*'], ['a']],
  ['a{b,c}', ['a{b,c}'], ['ab']],
  ['c++(1)|$', ['c++(1)|$'], ['c+']],
  ['*/x', ['a/x'], ['x', 'a/b/x']],
  ['!a', ['!a'], ['b']],
]
for (const [pattern, yes, no] of globs) {
  test(`${pattern} matches as Go does when names are compared`, () => {
    for (const name of yes) assert.ok(compileGlob(pattern).test(name), name)
    for (const name of no) assert.not.ok(compileGlob(pattern).test(name), name)
  })
}

test('a pattern is refused when it is no pattern', () => {
  for (const pattern of ['[', '[]', 'a\\', '[z-a]', '[-a]', '[a-]']) {
    assert.throws(() => compileGlob(pattern), /pattern/, pattern)
  }
})

/** .dockerignore, and which of the paths it leaves out. */
const ignores: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['*.o', ['a.o'], ['a/b.o', 'a.oo', 'A.O/x']],
  ['**/*.o', ['a.o', 'a/b/c.o'], ['a.oo']],
  ['/build', ['build', 'build/x/y'], ['a/build']],
  ['build/', ['build', 'build/x'], ['builds']],
  ['a/**/b', ['a/b', 'a/x/y/b', 'a/x/b/c'], ['b', 'a/x']],
  [
    'node_modules\n!node_modules/keep',
    ['node_modules', 'node_modules/x'],
    ['node_modules/keep', 'node_modules/keep/y'],
  ],
  ['*\n!src\nsrc/*.tmp', ['a', 'src/b.tmp'], ['src', 'src/a.c']],
  ['!a\na', ['a'], ['b']],
  ['# comment\n\n  a  ', ['a'], ['# comment']],
  ['c++', ['c++'], ['c', 'ccc']],
  ['a/../b', ['b'], ['a']],
  ['./x/./y', ['x/y'], ['y']],
  ['**', ['a', 'a/b'], []],
  ['.\n/', [], ['a']],
  ['../a', [], ['a']],
]
for (const [text, out, kept] of ignores) {
  test(`'${text.replaceAll('\n', '⏎')}' leaves out what moby does when it is a .dockerignore`, () => {
    const ignore = parseIgnore(text)
    for (const path of out) assert.ok(ignore.ignores(path), `${path} stays`)
    for (const path of kept) assert.not.ok(ignore.ignores(path), `${path} goes`)
    assert.not.ok(ignore.ignores(''))
  })
}

test('a line of .dockerignore is named when it is no pattern', () => {
  assert.throws(() => parseIgnore('a\n!'), /\.dockerignore:2/)
  assert.throws(() => parseIgnore('a\n[b'), /pattern '\[b'/)
})

test('a clean path is clean when it is cleaned again', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', '.', '..', ''), { maxLength: 8 }), names => {
      const once = cleanPath(names.join('/'))
      assert.is(cleanPath(once), once)
    }),
  )
})

test.run()
