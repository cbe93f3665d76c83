/**
 * The chapters once more, compiled so that each step says where it was written: every object literal with an `op` or a `why`
 * gets its place as two more properties. They travel through spreads as the op does, so a step's place is the place of its op,
 * whatever way it took. Nobody has to guess from names.
 */

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse } from '@babel/parser'
import { build, type Plugin, stop } from 'esbuild'
import type * as Ch1 from '#chapters/ch1-chroot/index'
import type * as Ch2Examples from '#chapters/ch2-namespaces/examples'
import type * as Ch2 from '#chapters/ch2-namespaces/index'
import type * as Network from '#chapters/ch2-namespaces/network/examples'
import type * as Ch3 from '#chapters/ch3-cgroups/index'
import type * as ImageRoot from '#chapters/ch4-images/container/image-root'
import type { Plan, Step } from '#core/plan/step'
import { repository } from '#support/repository'

export interface Located {
  readonly ch1: typeof Ch1
  readonly ch2: typeof Ch2
  readonly examples: typeof Ch2Examples
  readonly network: typeof Network
  readonly ch3: typeof Ch3
  readonly imageRoot: typeof ImageRoot
}

export interface Place {
  readonly file: string
  /** Of the op. */
  readonly line: number
  /** The object literal around it, from its first line to its last. */
  readonly code: string
}

const opPlace = 'opWrittenAt'

interface Node {
  readonly type: string
  readonly start: number
  readonly loc: { readonly start: { readonly line: number }; readonly end: { readonly line: number } }
  readonly [key: string]: unknown
}

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string'

function* nodesBelow(node: Node): Generator<Node> {
  yield node
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* nodesBelow(child)
  }
}

interface Op {
  readonly start: number
  readonly line: number
  readonly from: number
  readonly to: number
}

/** Properties `op: '…'` of object literals, not of types. */
function opsIn(source: string): Op[] {
  const { program } = parse(source, { sourceType: 'module', plugins: ['typescript'] })
  return [...nodesBelow(program as unknown as Node)].flatMap(node => {
    if (node.type !== 'ObjectExpression') return []
    const { loc, properties } = node as unknown as Node & { readonly properties: readonly Node[] }
    return properties.flatMap(property => {
      const { key, value } = property as unknown as { key?: { name?: string }; value?: Node }
      if (key?.name !== 'op' || value?.type !== 'StringLiteral') return []
      return [{ start: property.start, line: property.loc.start.line, from: loc.start.line, to: loc.end.line }]
    })
  })
}

/** The properties go in from the last to the first, so that what is before them stays where it is. */
export function mark(source: string, file: string): string {
  const ops = opsIn(source).sort((a, b) => b.start - a.start)
  return ops.reduce((text, { start, line, from, to }) => {
    const place: Place = { file, line, code: dedent(source.split('\n').slice(from - 1, to)) }
    return `${text.slice(0, start)}${opPlace}: ${JSON.stringify(JSON.stringify(place))}, ${text.slice(start)}`
  }, source)
}

function dedent(lines: readonly string[]): string {
  const indent = Math.min(...lines.map(line => line.search(/\S/)).filter(column => column >= 0))
  return lines.map(line => line.slice(indent)).join('\n')
}

const marking: Plugin = {
  name: 'marking',
  setup(setup) {
    setup.onResolve({ filter: /^#core\// }, ({ path: name }) => ({ path: `${repository}core/${name.slice(6)}.ts` }))
    setup.onLoad({ filter: /\/chapters\/.*\.ts$/ }, ({ path: file }) => ({
      contents: mark(fs.readFileSync(file, 'utf8'), path.relative(repository, file)),
      loader: 'ts',
    }))
  },
}

const entries = [
  ['ch1', './chapters/ch1-chroot/index.ts'],
  ['ch2', './chapters/ch2-namespaces/index.ts'],
  ['examples', './chapters/ch2-namespaces/examples.ts'],
  ['network', './chapters/ch2-namespaces/network/examples.ts'],
  ['ch3', './chapters/ch3-cgroups/index.ts'],
  ['imageRoot', './chapters/ch4-images/container/image-root.ts'],
] as const satisfies readonly (readonly [keyof Located, string])[]

export async function loadLocated(): Promise<Located> {
  const directory = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-located-`)
  try {
    await build({
      stdin: {
        contents: entries.map(([name, file]) => `export * as ${name} from ${JSON.stringify(file)}`).join('\n'),
        resolveDir: repository,
      },
      outdir: directory,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true, // what is loaded when it is needed stays so: here it is not
      platform: 'node',
      format: 'esm',
      packages: 'external',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
      plugins: [marking],
      logLevel: 'silent',
    })
    await stop() // its service would be a process that the recordings show
    return (await import(pathToFileURL(`${directory}/stdin.mjs`).href)) as Located
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
}

/** A plan of marked chapters, apart: the plan as it always is, and the places of its steps. */
export function separate(marked: Plan): { readonly plan: Plan; readonly places: readonly Place[] } {
  const places: Place[] = []
  const steps = marked.steps.map(step => {
    const { [opPlace]: at, ...rest } = step as Step & { [opPlace]?: string }
    if (at === undefined) throw new Error(`nobody says where ${step.op} of ${step.by} was written`)
    places.push(JSON.parse(at) as Place)
    return rest as Step
  })
  return { plan: { steps }, places }
}
