/** A working copy of this repository, for tests of what learners do in theirs: labs are begun, graders broken, in a copy. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { type Lab, labs } from '#labs/index'
import { cutReference } from '#labs/runner/attempt/cut'
import { type Options, type Result, type Running, run, start } from './cli.js'
import type { Pty } from './pty.js'
import { startOn } from './pty.js'
import { repository } from './repository.js'
import type { World } from './world.js'

/** What is published of a copy as it is made: of the same files, the same every time. */
let manifest: string | undefined
const manifestName = 'labs/graders.sha256'

/**
 * Two thousand files: links to them where that can be, which costs a fifth of copies. So nothing may be changed in its place:
 * `write` begins a new file, as the tool does.
 */
function copyInto(directory: string, from: readonly string[], flags: string): void {
  execFileSync('cp', [flags, ...from, directory], { stdio: ['ignore', 'ignore', 'pipe'] })
}

export class WorkingCopy {
  readonly world: World
  readonly directory: string

  constructor(world: World) {
    this.world = world
    this.directory = world.path()
    fs.mkdirSync(this.directory)
    const all = ['package.json', 'tsconfig.json', 'core', 'chapters', 'labs', 'dist'].map(
      name => `${repository}${name}`,
    )
    try {
      copyInto(this.directory, all, '-al')
    } catch {
      fs.rmSync(this.directory, { recursive: true })
      fs.mkdirSync(this.directory)
      copyInto(this.directory, all, '-a') // on another file system, or not ours to link
    }
    fs.symlinkSync(`${repository}node_modules`, this.path('node_modules'))
    for (const lab of labs) fs.rmSync(this.attempt(lab.id), { force: true })
    for (const name of ['labs/progress.json', manifestName]) fs.rmSync(this.path(name), { force: true })
    if (manifest === undefined) this.publish()
    else this.write(manifestName, manifest)
    manifest ??= this.read(manifestName)
  }

  path(name: string): string {
    return `${this.directory}/${name}`
  }
  attempt(id: string): string {
    return this.path(`labs/${id}/attempt.ts`)
  }
  read(name: string): string {
    return fs.readFileSync(this.path(name), 'utf8')
  }
  json<T>(name: string): T {
    return JSON.parse(this.read(name)) as T
  }
  write(name: string, text: string): void {
    fs.mkdirSync(this.path(name.slice(0, name.lastIndexOf('/'))), { recursive: true })
    const { nlink = 1 } = fs.statSync(this.path(name), { throwIfNoEntry: false }) ?? {}
    if (nlink > 1) fs.rmSync(this.path(name))
    fs.writeFileSync(this.path(name), text)
  }

  /** What a learner would write who thinks like the chapter. */
  reference(id: string): string {
    const lab: Lab = labs.find(one => one.id === id)!
    return cutReference(this.read(lab.source), lab)
  }
  solve(id: string): void {
    this.write(`labs/${id}/attempt.ts`, this.reference(id))
  }

  /** The graders as they are now are the published ones. */
  publish(): void {
    const write = `(await import('${this.path('dist/labs/runner/grade/intact.js')}')).writeManifest()`
    execFileSync(process.execPath, ['--input-type=module', '-e', write])
  }
  /** It is somebody else's from now on. */
  giveTo(uid: number): void {
    const own = `${this.directory}.own`
    execFileSync('cp', ['-a', this.directory, own]) // an owner is a file's, not a link's
    fs.rmSync(this.directory, { recursive: true })
    fs.renameSync(own, this.directory)
    execFileSync('chown', ['-R', '-h', `${uid}:${uid}`, this.directory])
  }

  #options(more: Options): Options {
    return { cwd: this.directory, cli: this.path('dist/chapters/main.js'), seconds: 60, ...more }
  }
  lab(args: readonly string[], more: Options = {}): Promise<Result> {
    return run(this.world, ['lab', ...args], this.#options(more))
  }
  begin(args: readonly string[], more: Options = {}): Running {
    return start(this.world, ['lab', ...args], this.#options(more))
  }
  on(pty: Pty, args: readonly string[], more: Options = {}): Running {
    return startOn(pty, this.world, ['lab', ...args], this.#options(more))
  }
}

/** The check of ch1/enter-root that is the first to find `wrongOrder`. */
export const firstFailure = 'starts-inside'

/** Hints of ch1/enter-root, whatever the real ones say. */
export const hintsText = `# Hints\n\n## 1\n\nfirst\n\n## 2\n\nsecond\n\n## 3\n\nthird\n\n## \`${firstFailure}\`\n\nabout the order\n`

/** ch1/enter-root with its two steps the other way round. */
export const wrongOrder = `import type { Pass } from '#core/plan/assemble'

export const enterRoot: Pass = spec => [
  { op: 'chdir', path: '/', phase: 'pivot', by: 'me', why: 'first the directory' },
  { op: 'chroot', path: spec.root.path, phase: 'pivot', by: 'me', why: 'then the root' },
]
`
