/** `npm run build`, after tsc: bundles the bin, compiles the C. Says in a line what is lost where that cannot be. */

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { MiniDockerError } from '#core/errors'
import { buildNative } from '#core/exec/build-native'
import { ensureDefaultRootfs } from '#core/rootfs/default'

const dist = fileURLToPath(new URL('../', import.meta.url))

/**
 * Three times the same program: `bundle` is the whole, `images` lacks the chapters from ch5 on, `start` those from ch4 on. What starts
 * a container does not pay for reading what it never uses.
 */
const withoutThoseFrom = (first: number): Plugin => ({
  name: `without the chapters from ch${first} on`,
  setup: ({ onResolve }) =>
    onResolve({ filter: new RegExp(`^\\./ch[${first}-9]-`) }, ({ path }) => ({ path, external: true })),
})
/**
 * And of mini-runc: an engine asks for a container's state all the time. What its other commands load when they are called is left
 * out, and of a chapter's index all but what it hands on.
 */
const questionsAlone: Plugin = {
  name: 'state and kill alone',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, kind }) =>
      kind === 'dynamic-import' && !path.endsWith('/freezer.js') ? { path, external: true } : undefined,
    )
    onLoad({ filter: /\/chapters\/ch\d-[a-z]+\/index\.js$/ }, ({ path }) => ({
      contents: (fs.readFileSync(path, 'utf8').match(/^export \{[^}]*\} from .*$/gm) ?? []).join('\n'),
    }))
  },
}
const main = `${dist}chapters/main.js`
const options = {
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true, // names stay: a stack trace is for people
  external: ['koffi', 'undici', '@koromix/*', 'mini-docker/package.json'],
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  logLevel: 'warning',
} satisfies BuildOptions
await build({ ...options, entryPoints: { bundle: main, 'koffi-stage': `${dist}core/exec/koffi-stage.js` } })
await build({ ...options, entryPoints: { start: main }, plugins: [withoutThoseFrom(4)] })
await build({ ...options, entryPoints: { images: main }, plugins: [withoutThoseFrom(5)] })
const command = `${dist}chapters/ch7-oci/command`
await build({ ...options, entryPoints: { runtime: `${command}/bin.js` } })
await build({ ...options, entryPoints: { question: `${command}/bin-questions.js` }, plugins: [questionsAlone] })
const bundles = ['bundle', 'images', 'start', 'runtime', 'question'].map(name => `${name}.cjs`)
for (const name of [...bundles, 'koffi-stage.cjs']) loadBuiltinsOnce(`${dist}${name}`)
for (const name of bundles) wrapForStarter(`${dist}${name}`)
for (const name of ['mini-docker', 'mini-runc']) {
  fs.copyFileSync(fileURLToPath(new URL('../../scripts/starter.cjs', import.meta.url)), `${dist}${name}.cjs`)
  fs.chmodSync(`${dist}${name}.cjs`, 0o755)
}

/**
 * A bundle would load every built-in module that any of its files imports, at its start: tty, crypto and child_process alone
 * cost a third of Node's own start. Seen through a proxy, each loads when it is first used. Those that Node has loaded for
 * itself are taken as they are: on every call a proxy would cost more than some of them do.
 */
function loadBuiltinsOnce(path: string): void {
  const there = ['fs', 'path']
  const head = [
    ...there.map(name => `const node_${name} = require("node:${name}");`),
    'const builtin = (name, loaded) => new Proxy({}, { get: (_, key) => ' +
      '(loaded ??= process.getBuiltinModule(name), key === "default" ? loaded : loaded[key]) });',
  ]
  const bundle = fs
    .readFileSync(path, 'utf8')
    .replace(/__toESM\(require\("node:([a-z_/]+)"\)(?:, ?1)?\)|require\("node:([a-z_/]+)"\)/g, (_, whole, named) => {
      const name = whole ?? named
      return there.includes(name) ? `node_${name}` : `builtin("node:${name}")`
    })
  fs.writeFileSync(path, `${head.join('\n')}\n${bundle}`)
}

/** As Node wraps a CommonJS module: the starter hands the text to V8 as it is, without another copy. */
function wrapForStarter(path: string): void {
  const bundle = fs.readFileSync(path, 'utf8')
  fs.writeFileSync(path, `(function (exports, require, module, __filename, __dirname) {${bundle}\n})`)
}

if (process.platform !== 'linux') {
  console.log('native: skipped, this is no Linux: plans can be made and explained, not performed')
} else {
  const built = buildNative(`${dist}native`)
  if (built !== null) process.stderr.write(built.said)
  if (built?.done === false) process.exitCode = 1
  console.log(
    built === null
      ? 'native: no C compiler found: containers start by koffi, more slowly, without --userns, --init and exec'
      : `native: ${built.done ? 'built by' : 'not built, the sources do not compile by'} ${built.compiler}`,
  )
}

writeCodeCache('start', () => [`${dist}mini-docker.cjs`, 'ch2', 'run', '--', '/bin/true'])
writeCodeCache('images', () => [`${dist}mini-docker.cjs`, 'ch4', 'run', '--rm', 'mini/base', 'true'])
writeCodeCache('bundle', () => [`${dist}mini-docker.cjs`, 'ch5', 'run', '--rm', 'mini/base', 'true'])
writeCodeCache('runtime', scratch => inBundle(scratch, (runtime, bundle) => [...runtime, 'run', '-b', bundle, 'build']))
const created = (scratch: string, ...words: readonly string[]) =>
  inBundle(scratch, (runtime, bundle) => {
    const paths = words[0] === 'create' ? ['-b', bundle] : []
    return spawnSync(process.execPath, [...runtime, ...words, ...paths, 'build'], { stdio: 'ignore' })
  })
writeCodeCache(
  'question',
  scratch => inBundle(scratch, runtime => [...runtime, 'state', 'build']),
  scratch => created(scratch, 'create'),
  scratch => created(scratch, 'delete', '-f'),
)

/**
 * V8's compiled code of a bundle, of a process that has done what a run does: a container of /bin/true. Where none can
 * be run, the cache holds what was reached; without any all works, a little slower.
 */
function writeCodeCache(
  name: string,
  wordsIn: (scratch: string) => readonly string[],
  before: (scratch: string) => unknown = () => {},
  after = before,
): void {
  const cache = `${dist}${name}.cache`
  const scratch = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-build.`)
  fs.rmSync(cache, { force: true })
  const env = { ...process.env, MINI_DOCKER_ROOT: `${scratch}/data`, MINI_DOCKER_RUN: `${scratch}/run` }
  try {
    before(scratch)
    // the first makes the rootfs, or the image, which later ones do not: it is the second that leaves its code
    for (const extra of [{}, { MINI_DOCKER_WRITE_CODE_CACHE: cache }]) {
      spawnSync(process.execPath, wordsIn(scratch), { env: { ...env, ...extra }, stdio: 'ignore', timeout: 30_000 })
    }
    after(scratch)
  } catch (error) {
    if (!(error instanceof MiniDockerError)) throw error // no root file system can be made here
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}

function inBundle<T>(scratch: string, use: (runtime: readonly string[], bundle: string) => T): T {
  const runtime = [`${dist}mini-runc.cjs`, '--root', `${scratch}/runtime`]
  const bundle = `${scratch}/bundle`
  if (!fs.existsSync(bundle)) makeBundle(bundle, ensureDefaultRootfs({ dataDir: `${scratch}/data` }).path, runtime)
  return use(runtime, bundle)
}

function makeBundle(bundle: string, rootfs: string, runtime: readonly string[]): void {
  fs.mkdirSync(bundle)
  spawnSync(process.execPath, [...runtime, 'spec', '-b', bundle], { stdio: 'ignore' })
  const config = `${bundle}/config.json`
  const spec = JSON.parse(fs.readFileSync(config, 'utf8'))
  const process_ = { ...spec.process, terminal: false, args: ['/bin/true'] }
  fs.writeFileSync(config, JSON.stringify({ ...spec, process: process_, root: { ...spec.root, path: rootfs } }))
}
