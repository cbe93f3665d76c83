import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { onQuietMachine } from '#support/patience'
import { readSource, repository } from '#support/repository'
import {
  type BuiltPage,
  brokenLinks,
  foreignFetches,
  idsOf,
  linksOf,
  readBuilt,
  scriptsOf,
  unreachable,
} from '#support/site/html'
import { pagesToCome } from '#support/site/pending'

const base = '/a/base/'
const SECONDS = onQuietMachine(60)
const SCRIPT_LIMIT = 150_000

const built = fs.mkdtempSync(path.join(os.tmpdir(), 'mini-docker-site-'))
test.after(() => fs.rmSync(built, { recursive: true, force: true }))

let pages: readonly BuiltPage[] = []

test('the site is built within a minute when a base and an address are given', () => {
  const start = performance.now()
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['node_modules/vitepress/bin/vitepress.js', 'build', 'site', '--outDir', built],
    {
      cwd: repository,
      encoding: 'utf8',
      env: { ...env, SITE_BASE: base, SITE_URL: 'https://book.example/a/base/', SITE_REPOSITORY: 'someone/fork' },
    },
  )
  const said = `${stdout}${stderr}`
  assert.is(status, 0, said)
  // a component that throws while it is rendered leaves a hole in the page, and the build goes on
  assert.not.match(said, /Error:|dead link/)
  assert.ok((performance.now() - start) / 1000 < SECONDS)
  pages = readBuilt(built)
  assert.ok(pages.length > 20)
})

test('no link and no anchor is dead when all pages are read', () => {
  const files = new Set(
    fs.readdirSync(built, { recursive: true, encoding: 'utf8' }).map(name => `/${name.replaceAll('\\', '/')}`),
  )
  const toCome = (error: string): boolean =>
    /→ \S*\/zh\/\S*: there is no such page$/.test(error) && pagesToCome.length > 0
  assert.equal(
    brokenLinks(pages, base, files).filter(error => !toCome(error)),
    [],
  )
})

test('every page is reached from a sidebar when it is no home page', () => {
  assert.equal(unreachable(pages, base), [])
})

test('no id is there twice when a page is read', () => {
  for (const { address, html } of pages) {
    const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id!)
    const twice = ids.filter((id, i) => ids.indexOf(id) !== i && !/^(VP|local|nav)/.test(id))
    assert.equal(twice, [], address)
  }
})

test('a page fetches at most 150 kB of script, compressed, before it is touched', () => {
  for (const { address, html } of pages) {
    const sizes = scriptsOf(html).map(file => gzipSync(fs.readFileSync(built + file.slice(base.length - 1))).length)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    assert.ok(total > 0 && total <= SCRIPT_LIMIT, `${address}: ${total}`)
  }
})

test('nothing comes from another host when a page is opened', () => {
  for (const { address, html } of pages) assert.equal(foreignFetches(html), [], address)
  const styles = fs
    .readdirSync(`${built}/assets`)
    .filter(name => name.endsWith('.css'))
    .map(name => fs.readFileSync(`${built}/assets/${name}`, 'utf8'))
  for (const style of styles) assert.not.match(style, /url\((?!["']?data:)["']?(https?:)?\/\//)
})

test('programs find all pages in sitemap.xml and llms.txt when they look', () => {
  const sitemap = fs.readFileSync(`${built}/sitemap.xml`, 'utf8')
  const llms = fs.readFileSync(`${built}/llms.txt`, 'utf8')
  for (const { address } of pages) {
    const link = `https://book.example${base}${address.slice(1)}`
    assert.ok(sitemap.includes(`<loc>${link}</loc>`), `sitemap: ${link}`)
    assert.ok(llms.includes(`(${link})`), `llms.txt: ${link}`)
  }
})

test('a page can be edited where the repository is when it is named', () => {
  const { html } = pages.find(({ address }) => address === '/start')!
  assert.ok(linksOf(html).includes('https://github.com/someone/fork/edit/main/site/start.md'))
})

test('generated pages can be linked into when they are built', () => {
  const idsAt = (address: string): ReadonlySet<string> => idsOf(pages.find(page => page.address === address)!.html)
  assert.ok(idsAt('/reference/ops').has('pivot_root'))
  assert.ok(idsAt('/reference/invariants').has('execve-last'))
  assert.ok(idsAt('/reference/cli').has('ch2-run'))
  assert.ok(idsAt('/reference/glossary').has('uid-map'))
})

test('the search finds ops, flags and terms when they come from code', () => {
  const chunks = fs.readdirSync(`${built}/assets/chunks`).filter(name => name.startsWith('@localSearchIndexroot'))
  const index = chunks.map(name => fs.readFileSync(`${built}/assets/chunks/${name}`, 'utf8')).join('')
  for (const word of ['close_fds', 'no-host-path-after-pivot', 'uidmap', 'subreaper']) {
    assert.ok(index.includes(word), word)
  }
})

const sample = (html: string, address = '/a'): BuiltPage => ({ address, html })

test('brokenLinks() finds a page, an anchor and a base when they are wrong', () => {
  const good = sample('<h2 id="x">X</h2><a href="/b/a#x">x</a><a href="#x">x</a><a href="https://else.where/">e</a>')
  const errors = (html: string): string[] => brokenLinks([good, sample(html, '/c')], '/b/', new Set(['/run.svg']))
  assert.equal(errors('<a href="/b/a#x">x</a><a href="/b/run.svg">r</a>'), [])
  assert.match(errors('<a href="/b/none">x</a>').join(), /no such page/)
  assert.match(errors('<a href="/b/a#y">x</a>').join(), /has no 'y'/)
  assert.match(errors('<a href="#x">x</a>').join(), /has no 'x'/)
  assert.match(errors('<a href="/a#x">x</a>').join(), /outside of/)
})

test('unreachable() finds a page when no sidebar has it', () => {
  const withSidebar = sample('<aside class="VPSidebar"><a href="/b/a">a</a></aside>')
  assert.equal(unreachable([withSidebar, sample('', '/')], '/b/'), [])
  assert.equal(unreachable([withSidebar, sample('<a href="/b/d">d</a>', '/d')], '/b/'), ['/d'])
})

test('foreignFetches() finds a font, a script and an image when they are another host’s', () => {
  assert.equal(foreignFetches('<a href="https://x.y/">x</a><script src="/a.js"></script>'), [])
  assert.is(foreignFetches('<link rel="stylesheet" href="https://fonts.example/a.css">').length, 1)
  assert.is(foreignFetches('<script src="//cdn.example/a.js"></script><img src="http://x.y/z.png">').length, 2)
})

test('the site says nowhere by hand what it reads from the repository when its settings are read', () => {
  assert.not.match(readSource('site/.vitepress/config.ts'), /github\.com/)
})

test.run()
