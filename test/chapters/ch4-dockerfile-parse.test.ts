/** ch4: a Dockerfile's text, as instructions with their lines; and what is wrong with it, said of the line. */

import { DockerfileParser } from 'dockerfile-ast'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseDockerfile } from '#chapters/ch4-images/dockerfile/parse'
import { DockerfileError } from '#chapters/ch4-images/dockerfile/place'
import { readInstructions } from '#chapters/ch4-images/dockerfile/read'

const rows = (text: string): string[] =>
  parseDockerfile(text).instructions.map(({ keyword, rest, line, end }) => `${line}-${end} ${keyword} ${rest}`)
const bodies = (text: string): string[][] =>
  parseDockerfile(text).instructions.map(({ heredocs }) => heredocs.map(({ body }) => body))
const read = (text: string) =>
  readInstructions(parseDockerfile(`FROM scratch\n${text}`))
    .slice(1)
    .map(({ place, shown, ...body }) => body)
const one = (text: string): unknown => read(text)[0]

function errorOf(text: string): DockerfileError {
  try {
    readInstructions(parseDockerfile(text))
  } catch (error) {
    if (error instanceof DockerfileError) return error
    throw error
  }
  throw new Error(`nothing wrong with '${text}'`)
}

test('lines are joined when they end in the escape character', () => {
  assert.equal(rows('FROM a\nRUN a \\\n  b'), ['1-1 FROM a', '2-3 RUN a   b'])
  assert.equal(rows('FROM a\nRUN a \\  \t\n b'), ['1-1 FROM a', '2-3 RUN a  b'])
  assert.equal(rows('FR\\\nOM a'), ['1-2 FROM a'])
})

test('a line ends when two escape characters stand at its end', () => {
  assert.equal(rows('FROM a\nRUN echo \\\\\nUSER b'), ['1-1 FROM a', '2-2 RUN echo \\\\', '3-3 USER b'])
})

test('comments and empty lines are skipped when they stand inside a continued instruction', () => {
  assert.equal(rows('# first\nFROM a\nRUN a \\\n# c \\\n\n   # d\n b\nUSER c'), [
    '2-2 FROM a',
    '3-7 RUN a  b',
    '8-8 USER c',
  ])
})

test('a # is text when it does not begin a line', () => {
  assert.equal(rows('FROM a\nRUN echo # not a comment'), ['1-1 FROM a', '2-2 RUN echo # not a comment'])
})

test('the file ends the instruction when a line at its end goes on', () => {
  assert.equal(rows('FROM a\nENV a b \\'), ['1-1 FROM a', '2-2 ENV a b'])
})

test('lines end in CR LF when the file was written elsewhere, and may begin with a byte order mark', () => {
  assert.equal(rows('\uFEFF# escape=`\r\nFROM a\r\nRUN a `\r\n b\\\r\n'), ['2-2 FROM a', '3-4 RUN a  b\\'])
})

test('directives count when they are at the top, and are comments when something stands above', () => {
  assert.is(parseDockerfile('# syntax=docker/dockerfile:1\n# escape=`\nFROM a').escape, '`')
  assert.is(parseDockerfile('# syntax=docker/dockerfile:1\nFROM a').syntax, 'docker/dockerfile:1')
  assert.is(parseDockerfile('\n# escape=`\nFROM a').escape, '\\')
  assert.is(parseDockerfile('# about\n# escape=`\nFROM a').escape, '\\')
  assert.is(parseDockerfile('#  EsCaPe = `\nFROM a').escape, '`')
  assert.match(errorOf('# escape=x\nFROM a').line, "Dockerfile:1: 'x' cannot be the escape character")
  assert.match(errorOf('# escape=`\n# escape=`\nFROM a').line, "Dockerfile:2: directive 'escape' is said twice")
})

test('a heredoc is taken as it is when RUN, COPY, ADD or ONBUILD begins one', () => {
  const text = 'FROM a\nRUN <<EOF\n# no comment\nFROM x \\\n\nEOF\nCOPY <<a <<-"b" /x/\nA $X\na\n\tB\n\tb\nUSER c'
  assert.equal(bodies(text), [[], ['# no comment\nFROM x \\\n\n'], ['A $X\n', '\tB\n'], []])
  assert.equal(rows('FROM a\nONBUILD RUN <<EOF\nx\nEOF\nUSER b')[1], '2-4 ONBUILD RUN <<EOF')
  assert.equal(bodies('FROM a\nRUN 3<<EOF cat /dev/fd/3\nx\nEOF')[1], ['x\n'])
  assert.equal(bodies('FROM a\nRUN cat <<EOF && \\\n echo\nx\nEOF\nUSER a'), [[], ['x\n'], []])
})

test('a heredoc ends at its name alone when other lines look like it', () => {
  assert.equal(bodies('FROM a\nRUN <<EOF\nEOF x\n EOF\nEOF')[1], ['EOF x\n EOF\n'])
  assert.equal(bodies('FROM a\nRUN <<-EOF\n EOF\n\tEOF')[1], [' EOF\n'])
  assert.equal(bodies("FROM a\nRUN <<'E F'\nx\nE F")[1], ['x\n'])
})

test('there is no heredoc when << is something else', () => {
  for (const line of [
    'RUN cat <<<x',
    'RUN echo $((1<<2))',
    'RUN echo "<<EOF"',
    'CMD cat <<EOF',
    'RUN a<<b',
    'ENV a=<<b',
  ]) {
    assert.equal(bodies(`FROM a\n${line}`)[1], [], line)
  }
})

test('a heredoc expands when no part of its name is quoted', () => {
  const expands = (word: string) =>
    parseDockerfile(`FROM a\nCOPY ${word} /x\nEOF`).instructions[1]!.heredocs.map(({ expands }) => expands)
  assert.equal(expands('<<EOF'), [true])
  assert.equal(expands('<<"EOF"'), [false])
  assert.equal(expands("<<E'O'F"), [false])
})

test('an error shows the line among its neighbours when an instruction is unknown', () => {
  const error = errorOf('FROM scratch\n\nRUM echo \\\n  hi\nUSER a\nUSER b\nUSER c')
  assert.is(error.line, "Dockerfile:3: 'RUM' is no instruction (RUN?)")
  assert.is(
    error.excerpt,
    `Dockerfile:3
   1 |     FROM scratch
   2 |
   3 | >>> RUM echo \\
   4 | >>>   hi
   5 |     USER a
   6 |     USER b
`,
  )
})

for (const [text, why] of [
  ['', 'there is no instruction in it'],
  ['# only a comment', 'there is no instruction in it'],
  ['FROM', 'FROM: needs something to follow it'],
  ['FROM a b', "FROM 'a b': is not IMAGE [AS NAME]"],
  ['FROM a AS 1', "stage '1': is no name"],
  ['FROM a\nRUN <<EOF\nx', "heredoc 'EOF' has no end"],
  ['FROM a\nENV a', "ENV 'a': has no value"],
  ['FROM a\nENV a=1 b', "ENV 'b': has no '='"],
  ['FROM a\nENV =1', "ENV '=1': has no name"],
  ['FROM a\nCOPY a', 'COPY: needs a source and a target'],
  ['FROM a\nCOPY --form=x a b', "flag '--form' of COPY: is unknown"],
  ['FROM a\nCOPY --from=$X a b', '--from=$X: takes no variables'],
  ['FROM a\nADD https://example.com/x /', "ADD 'https://example.com/x': nothing is fetched"],
  ['FROM a\nRUN --mount=type=cache x', '--mount=type=cache: has no target'],
  ['FROM a\nRUN --mount=type=disk,target=/x x', "type 'disk' is unknown"],
  ['FROM a\nRUN --mount=type=bind,target=/x,sharing=locked x', "type=bind does not know 'sharing'"],
  ['FROM a\nRUN --mount=type=bind,target=/x,from=$Y x', "'from' takes no variables"],
  ['FROM a\nRUN --mount=type=cache,target=/x,sharing=all x', "sharing 'all' is unknown"],
  ['FROM a\nRUN --network=wifi x', '--network=wifi: is unknown'],
  ['FROM a\nRUN --security=insecure x', '--security=insecure: a step gets no rights'],
  ['FROM a\nSHELL sh -c', 'SHELL: has only the JSON form'],
  ['FROM a\nCMD [1]', 'a JSON list may hold only strings'],
  ['FROM a\nHEALTHCHECK x', "HEALTHCHECK 'x': is neither CMD nor NONE"],
  ['FROM a\nHEALTHCHECK --interval=5 CMD x', '--interval=5: is no duration'],
  ['FROM a\nONBUILD FROM b', 'ONBUILD FROM: is not allowed'],
  ['FROM a\nONBUILD ONBUILD RUN x', 'ONBUILD ONBUILD: is not allowed'],
  ['FROM a\nONBUILD COPY x', 'COPY: needs a source and a target'],
] as const) {
  test(`'${text.replaceAll('\n', '⏎')}' is refused when it is read`, () => {
    assert.ok(errorOf(text).message.includes(why), errorOf(text).message)
  })
}

test('FROM has a base, a name and a platform when they are said', () => {
  const [from] = readInstructions(parseDockerfile('FROM --platform=linux/arm64 a:1@sha256:0 as Build'))
  assert.equal(
    { ...from },
    {
      kind: 'FROM',
      base: 'a:1@sha256:0',
      name: 'build',
      platform: 'linux/arm64',
      place: { line: 1, end: 1 },
      shown: 'FROM --platform=linux/arm64 a:1@sha256:0 as Build',
    },
  )
})

test('a command is a list when it is JSON, and a line for the shell when it is anything else', () => {
  assert.equal(one('CMD ["a b", "\\u0041\\"", "c"]'), {
    kind: 'CMD',
    command: { form: 'exec', args: ['a b', 'A"', 'c'] },
  })
  assert.equal(one("CMD ['a']"), { kind: 'CMD', command: { form: 'shell', line: "['a']" } })
  assert.equal(one('CMD [ -f /x ] && y'), { kind: 'CMD', command: { form: 'shell', line: '[ -f /x ] && y' } })
  assert.equal(one('ENTRYPOINT []'), { kind: 'ENTRYPOINT', command: { form: 'exec', args: [] } })
})

test('ENV and LABEL have pairs when there is =, and one pair when there is none', () => {
  assert.equal(one('ENV a=1 b="2 3" c=4\\ 5'), {
    kind: 'ENV',
    pairs: [
      ['a', '1'],
      ['b', '"2 3"'],
      ['c', '4\\ 5'],
    ],
  })
  assert.equal(one('ENV a b=c  d'), { kind: 'ENV', pairs: [['a', 'b=c  d']] })
  assert.equal(one('LABEL "a.b"="c"'), { kind: 'LABEL', pairs: [['"a.b"', '"c"']] })
  assert.equal(one('ARG a b=1 c='), {
    kind: 'ARG',
    args: [
      ['a', null],
      ['b', '1'],
      ['c', ''],
    ],
  })
})

test('COPY has its flags, sources and heredocs when they are mixed', () => {
  assert.equal(one('COPY --chown=1:2 --chmod=755 --exclude=*.o --exclude=b --link a <<F b/ /c/\nx\nF'), {
    kind: 'COPY',
    from: null,
    sources: ['a', 'b/'],
    heredocs: [{ name: 'F', word: '<<F', expands: true, stripTabs: false, body: 'x\n' }],
    target: '/c/',
    chown: '1:2',
    chmod: '755',
    exclude: ['*.o', 'b'],
    parents: false,
    unpack: false,
  })
  const json = one('ADD ["a b", "/c d/"]') as { sources: string[]; target: string; unpack: boolean }
  assert.equal([json.sources, json.target, json.unpack], [['a b'], '/c d/', true])
})

test('RUN has mounts with all their keys when they are said', () => {
  const run = one(
    'RUN --network=none --mount=type=cache,dst=/c,id=i,sharing=locked,uid=7 --mount=target=/b,from=x,src=y,rw --mount=type=tmpfs,target=/t,size=64m --mount=type=secret,id=s,env=T,required cmd',
  ) as { mounts: unknown; network: string }
  assert.is(run.network, 'none')
  const owner = { uid: '0', gid: '0' }
  assert.equal(run.mounts, [
    {
      type: 'cache',
      target: '/c',
      id: 'i',
      sharing: 'locked',
      from: null,
      source: '/',
      readonly: false,
      mode: '0755',
      uid: '7',
      gid: '0',
    },
    { type: 'bind', target: '/b', source: 'y', from: 'x', writable: true },
    { type: 'tmpfs', target: '/t', size: 64 * 2 ** 20 },
    { type: 'secret', id: 's', target: null, env: 'T', required: true, mode: '0400', ...owner },
  ])
})

test('HEALTHCHECK has durations in nanoseconds when they are said', () => {
  assert.equal(one('HEALTHCHECK --interval=1m30s --timeout=500ms --retries=3 CMD ["a"]'), {
    kind: 'HEALTHCHECK',
    interval: 90e9,
    timeout: 5e8,
    startPeriod: 0,
    startInterval: 0,
    retries: 3,
    command: { form: 'exec', args: ['a'] },
  })
  assert.is((one('HEALTHCHECK NONE') as { command: unknown }).command, null)
})

test('ONBUILD holds its instruction as text when there is a heredoc in it', () => {
  assert.equal(one('ONBUILD RUN <<EOF\nx\nEOF'), { kind: 'ONBUILD', text: 'RUN <<EOF\nx\nEOF' })
})

test('instructions begin and end where dockerfile-ast sees them when neither reads it wrong', () => {
  const word = fc.stringMatching(/^[a-z./=:"-]{1,8}$/).filter(text => !text.includes('"') && !text.startsWith('-'))
  const instruction = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('RUN', 'ENV x', 'COPY x', 'USER', 'LABEL x'),
        fc.array(word, { minLength: 1, maxLength: 4 }),
      )
      .map(([keyword, words]) => `${keyword} ${words.join(' \\\n  ')}`),
    word.map(text => `RUN <<EOF\n${text}\nFROM ${text}\nEOF`),
    word.map(text => `# ${text}`),
    fc.constant(''),
  )
  fc.assert(
    fc.property(fc.array(instruction, { maxLength: 8 }), parts => {
      const text = ['FROM scratch', ...parts].join('\n')
      const theirs = DockerfileParser.parse(text)
        .getInstructions()
        .map(one => [one.getKeyword(), one.getRange().start.line + 1, one.getRange().end.line + 1])
      assert.equal(
        parseDockerfile(text).instructions.map(({ keyword, line, end }) => [keyword, line, end]),
        theirs,
      )
    }),
  )
})

test('nothing but an error for people is thrown when any text is read', () => {
  const piece = fc.constantFrom(
    'FROM a',
    'RUN',
    'COPY',
    '<<',
    'EOF',
    '\n',
    ' ',
    '\\',
    '"',
    '[',
    ']',
    '--',
    '=',
    '$',
    '{',
    "'",
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 30 }).map(parts => parts.join('')),
      ),
      text => {
        try {
          readInstructions(parseDockerfile(text))
        } catch (error) {
          assert.instance(error, DockerfileError)
        }
      },
    ),
    { numRuns: 2000 },
  )
})

test.run()
