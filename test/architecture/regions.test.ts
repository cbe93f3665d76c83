import * as fs from 'node:fs'
import * as path from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { filesBelow, readSource, repository } from '#support/repository'

const mark = /^\s*(?:\/\/|\/\*|<!--)\s*#(region|endregion)\b[ \t]*(.*?)\s*(?:\*\/|-->)?$/

interface Region {
  readonly name: string
  readonly lines: readonly string[]
}

/** The regions of a text, or what is wrong with its marks. */
function regionsOf(text: string): Region[] | string {
  const open: { name: string; at: number }[] = []
  const regions: Region[] = []
  const lines = text.split('\n')
  for (const [at, line] of lines.entries()) {
    const [, kind, name = ''] = mark.exec(line) ?? []
    if (kind === undefined) continue
    if (!/^[a-z][a-z0-9-]*$/.test(name)) return `line ${at + 1}: '${name}' is no name`
    if (kind === 'region') {
      if (open.some(one => one.name === name) || regions.some(one => one.name === name))
        return `'${name}' is there twice`
      open.push({ name, at })
      continue
    }
    const last = open.pop()
    if (last?.name !== name)
      return `line ${at + 1}: '${name}' ends, but ${last === undefined ? 'none' : `'${last.name}'`} is open`
    regions.push({ name, lines: lines.slice(last.at + 1, at) })
  }
  return open.length === 0 ? regions : `'${open[0]!.name}' does not end`
}

const files = ['core', 'chapters', 'native', 'labs', 'site'].flatMap(directory =>
  filesBelow(directory, '.ts', '.c', '.h', '.vue', '.css'),
)

test('every region has its end, and is there once in its file, when it is opened', () => {
  for (const file of files) {
    const regions = regionsOf(readSource(file))
    assert.ok(Array.isArray(regions), `${file}: ${regions}`)
  }
})

test('every region holds code when it is cut out', () => {
  for (const file of files) {
    const regions = regionsOf(readSource(file))
    if (typeof regions === 'string') continue
    for (const { name, lines } of regions)
      assert.ok(
        lines.some(line => line.trim() !== ''),
        `${file}: ${name} is empty`,
      )
  }
})

test('a chapter has solutions to cut out when its labs are made', () => {
  for (const chapter of ['ch1-chroot', 'ch2-namespaces']) {
    const solved = filesBelow(`chapters/${chapter}`, '.ts').filter(file => /#region part/.test(readSource(file)))
    assert.ok(solved.length >= 2, chapter)
  }
})

test('regionsOf tells what is wrong when marks do not match', () => {
  assert.match(String(regionsOf('// #region a\n')), /does not end/)
  assert.match(String(regionsOf('// #endregion a\n')), /none is open/)
  assert.match(
    String(regionsOf('// #region a\n// #region b\n// #endregion a\n// #endregion b\n')),
    /'a' ends, but 'b' is open/,
  )
  assert.match(String(regionsOf('// #region a\n// #endregion a\n// #region a\n// #endregion a\n')), /twice/)
  assert.match(String(regionsOf('// #region\n// #endregion\n')), /is no name/)
  assert.equal(regionsOf('/* #region a */\nx\n/* #endregion a */'), [{ name: 'a', lines: ['x'] }])
  assert.equal(regionsOf('<!-- #region a -->\nx\n<!-- #endregion a -->'), [{ name: 'a', lines: ['x'] }])
})

/** `<<< @/../core/plan/phase.ts#phases`, `<<< ../core/x.ts{2,3}`: VitePress's way to show code. */
const snippet = /^\s*<<<\s+(\S+?)(?:#([\w-]+))?(?:\{[^}]*\})?(?:\s|$)/gm

/** What is wrong with the snippets of a page, nothing when all is well. */
function wrongSnippets(page: string, text: string): string[] {
  return [...text.matchAll(snippet)].flatMap(([, target = '', region]) => {
    const file = target.startsWith('@/')
      ? path.posix.join('site', target.slice(2))
      : path.posix.join(path.posix.dirname(page), target)
    if (!fs.existsSync(`${repository}${file}`)) return [`${page}: there is no ${file}`]
    if (!/\.(ts|c|h|vue|css)$/.test(file)) return []
    if (region === undefined) return [`${page}: ${file} would be shown whole`]
    const regions = regionsOf(readSource(file))
    const there = Array.isArray(regions) && regions.some(({ name }) => name === region)
    return there ? [] : [`${page}: ${file} has no region '${region}'`]
  })
}

test('every snippet of the site and of labs, in both languages, names a region that is there when it shows code', () => {
  const pages = [...filesBelow('site', '.md'), ...filesBelow('labs', '.md')]
  assert.equal(
    pages.flatMap(page => wrongSnippets(page, readSource(page))),
    [],
  )
})

test('wrongSnippets() finds a file, a region and a whole file when they are wrong', () => {
  const wrong = (target: string, page = 'site/zh/ch1.md'): string => wrongSnippets(page, `<<< ${target}\n`).join()
  assert.is(wrong('../../chapters/ch1-chroot/enter-root.ts#solution'), '')
  assert.is(wrong('@/../chapters/ch1-chroot/enter-root.ts#solution{2 ts}'), '')
  assert.is(wrong('../../../chapters/ch1-chroot/enter-root.ts#solution', 'labs/ch1/enter-root/task.md'), '')
  assert.match(wrong('../chapters/ch1-chroot/enter-root.ts#solution'), /there is no/)
  assert.match(wrong('../../chapters/ch1-chroot/enter-root.ts#nothing'), /has no region/)
  assert.match(wrong('../../chapters/ch1-chroot/enter-root.ts'), /shown whole/)
})

test.run()
