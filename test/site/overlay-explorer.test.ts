/** The overlay explorer: what it draws and says is what the model makes of each command, with and without a script. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openTheme, textOf } from '#support/record/rendered'
import {
  bytesOfStack,
  layerRows,
  mergedRows,
  play,
  run,
  sentenceOf,
  sizeOf,
  touched,
} from '../../site/.vitepress/theme/toys/overlay.js'
import { type Command, firstStack, type Preset, presets } from '../../site/.vitepress/theme/toys/overlay-stack.js'
import { type Language, words } from '../../site/.vitepress/theme/words.js'

const [secret, bit, replaced, renamed] = presets as [Preset, Preset, Preset, Preset]
const after = (...commands: Command[]) => play({ title: secret.title, moral: secret.moral, commands })
const pathsOf = (rows: readonly { readonly path: string }[]): string[] => rows.map(({ path }) => path)

test('merged shows the topmost of each name when four layers lie there', () => {
  const rows = mergedRows(firstStack.union)
  const from = (path: string): number | null => rows.find(row => row.path === path)!.layer
  assert.equal([from('/etc/server.conf'), from('/srv/server.js'), from('/usr/bin/node'), from('/bin/sh')], [0, 1, 2, 3])
  assert.not(pathsOf(rows).includes('/etc/motd'), 'covered by the app')
  const hidden = firstStack.names.map((_, layer) =>
    pathsOf(layerRows(firstStack.union, layer, 'kernel').filter(row => row.hidden)),
  )
  assert.equal(hidden, [[], ['/etc/server.conf', '/srv/public/index.html'], [], ['/etc/motd']])
})

test('a mark is a device or a file beside when the look is changed', () => {
  const kinds = (look: 'kernel' | 'oci') =>
    layerRows(firstStack.union, 0, look).flatMap(({ path, kind }) => (path.includes('motd') ? [[path, kind]] : []))
  assert.equal(kinds('kernel'), [['/etc/motd', 'whiteout']])
  assert.equal(kinds('oci'), [['/etc/.wh.motd', 'file']])
  const { union } = play(replaced).stack
  const marks = (look: 'kernel' | 'oci') =>
    layerRows(union, null, look).flatMap(({ path, opaque, name }) => (opaque || name.startsWith('.wh.') ? [path] : []))
  assert.equal(marks('kernel'), ['/srv/public'])
  assert.equal(marks('oci'), ['/srv/public/.wh..wh..opq'])
})

test('the secret is out of sight and its bytes are there when a later layer removed it', () => {
  const { union } = play(secret).stack
  assert.not(pathsOf(mergedRows(union)).includes('/srv/.npmrc'))
  const row = layerRows(union, 1, 'kernel').find(({ path }) => path === '/srv/.npmrc')!
  assert.equal([row.content, row.hidden], ['token=hunter2', true])
  assert.is(layerRows(union, 0, 'kernel').at(-1)!.kind, 'whiteout')
})

test('a bit of a large file costs the whole file when it is committed', () => {
  const more = bytesOfStack(play(bit).stack.union) - bytesOfStack(firstStack.union)
  assert.is(sizeOf(more), '97 MB')
})

test('only the new directory is in sight when one was replaced', () => {
  const paths = pathsOf(mergedRows(play(replaced).stack.union))
  assert.equal(
    paths.filter(path => path.startsWith('/srv/public/')),
    ['/srv/public/new.html'],
  )
})

test('a file moves and a directory does not when they come from below', () => {
  assert.equal(
    play(renamed).said.map(({ errno }) => errno),
    [null, 'EXDEV'],
  )
})

test('a command that is refused changes nothing and says why when it is typed', () => {
  const { stack, said } = after({ op: 'mkdir', path: '/no/where' })
  assert.is(stack.union, firstStack.union)
  assert.equal([said[0]!.typed, said[0]!.errno], ['mkdir /no/where', 'ENOENT'])
})

test('rm -r removes what is inside first and leaves one whiteout when the directory is from below', () => {
  const { stack, said } = after({ op: 'remove-all', path: '/srv' })
  assert.is(said[0]!.errno, null)
  assert.equal(
    layerRows(stack.union, null, 'kernel').map(({ path, kind }) => [path, kind]),
    [['/srv', 'whiteout']],
  )
  assert.ok(touched(said).has('/srv/public/index.html'))
})

test('every event and every errno has its words in both languages when it is said', () => {
  const commands: Command[] = [
    { op: 'append', path: '/etc/server.conf', content: 'x\n' },
    { op: 'chmod', path: '/srv/app.js', mode: 0o755 },
    { op: 'rename', from: '/srv/app.js', to: '/srv/b.js' },
    { op: 'remove', path: '/srv/b.js' },
    { op: 'mkdir', path: '/srv/app.js' },
    { op: 'symlink', path: '/l', target: 'srv' },
  ]
  const { said } = after(...commands)
  for (const language of ['en', 'zh'] as const satisfies Language[]) {
    const say = words[language].overlay
    const kinds = new Set(said.flatMap(({ events }) => events.map(({ event }) => event)))
    assert.equal([...kinds].sort(), [
      ...['copy-up', 'created', 'mode', 'moved', 'opaque', 'removed', 'whiteout', 'whiteout-replaced', 'written'],
    ])
    for (const one of said) {
      for (const event of one.events) assert.ok(sentenceOf(event, one, say, language).length > 8, event.event)
    }
    for (const { errno } of [run(firstStack, { op: 'mkdir', path: '/bin' }).said]) assert.ok(say.errnos[errno!])
  }
})

test('a size is said in powers of ten when it is large', () => {
  assert.equal([12, 41_000, 97_000_000, 1_100_000, 1_540_000].map(sizeOf), [
    '12 B',
    '41 kB',
    '97 MB',
    '1.1 MB',
    '1.5 MB',
  ])
})

for (const lang of ['en-US', 'zh-CN'] as const) {
  test(`the stack, merged and what each preset does stand on the page when there is no script (${lang})`, async () => {
    const language = lang === 'zh-CN' ? 'zh' : 'en'
    const say = words[language].overlay
    const theme = await openTheme(lang)
    try {
      const html = await theme.render('OverlayExplorer')
      const text = textOf(html)
      for (const preset of presets) {
        assert.ok(text.includes(preset.title[language]) && text.includes(preset.moral[language]))
        for (const one of play(preset).said) {
          assert.ok(text.includes(one.typed), one.typed)
          for (const event of one.events) assert.ok(text.includes(sentenceOf(event, one, say, language)), event.event)
        }
      }
      for (const { name } of mergedRows(firstStack.union)) assert.ok(text.includes(name), name)
      assert.is(html.match(/<input[^>]*type="radio"[^>]*disabled/g)?.length, mergedRows(firstStack.union).length + 2)
      assert.not(html.includes('undefined') || html.includes('NaN'))
    } finally {
      await theme.close()
    }
  })
}

test.run()
