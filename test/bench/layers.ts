/**
 * Layers unpacked and packed, beside GNU tar and gzip, which do the same work but compute no digests: ours counts Node's
 * start, and SHA-256 of all that is unpacked, or of the archive and the blob that are packed.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { type Contender, compare } from './measure.js'

const job = bundled()
/** A round takes seconds, and differs little from the next. */
const ROUNDS_MAX = 3

/** As the tool is shipped: loading forty modules one by one would be a tenth of what is measured. */
function bundled(): string {
  const outfile = fileURLToPath(new URL('./layer-job.cjs', import.meta.url))
  buildSync({
    entryPoints: [fileURLToPath(new URL('./layer-job.js', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['koffi', '@koromix/*'],
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  })
  return outfile
}

export const layerRounds = (rounds: number): number => Math.min(rounds, ROUNDS_MAX)

interface Case {
  readonly name: string
  readonly tree: string
  readonly rounds: number
}

export function layers(scratch: string, rounds: number): string[] {
  const cases: readonly Case[] = [
    { name: '300 MB in 9000 files', tree: largeTree(`${scratch}/large`), rounds: layerRounds(rounds) },
    { name: '10 000 files of 1 KB', tree: smallFiles(`${scratch}/small`), rounds: layerRounds(rounds) },
  ]
  const rows = cases.flatMap(one => rowsOf(one, scratch))
  return [
    '| layers, as processes | CPU time, tar = 1 | wall time, tar = 1 | most memory |',
    '|---|---|---|---|',
    ...rows,
  ]
}

function rowsOf({ name, tree, rounds }: Case, scratch: string): string[] {
  const [blob, out, packed] = [`${tree}.tar.gz`, `${scratch}/out`, `${scratch}/packed`]
  execFileSync('tar', ['-czf', blob, '-C', tree, '.'])
  const emptied = (): void => {
    fs.rmSync(out, { recursive: true, force: true })
    fs.mkdirSync(out)
  }
  const unpack = [
    { name: 'tar', argv: ['tar', '-xzf', blob, '-C', out], before: emptied },
    { name: 'ours', argv: [process.execPath, job, 'unpack', blob, out], before: emptied },
  ]
  const pack = [
    { name: 'tar', argv: ['tar', '-czf', packed, '-C', tree, '.'] },
    { name: 'ours', argv: [process.execPath, job, 'pack', tree, packed] },
  ]
  return [row(`${name}: unpack a tar.gz`, unpack, rounds), row(`${name}: pack to gzip -6`, pack, rounds)]
}

function row(name: string, contenders: readonly Contender[], rounds: number): string {
  const [tar, ours] = compare(contenders, rounds, 1)
  const { argv, before } = contenders[1]!
  before?.()
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  const memory = Number(execFileSync(argv[0]!, argv.slice(1), { env })) / 1024
  const ratio = (key: 'cpu' | 'wall'): string => (ours![key] / tar![key]).toFixed(2)
  return `| ${name} | ${ratio('cpu')} | ${ratio('wall')} | ${memory.toFixed(0)} MB |`
}

/** Pieces of Node's own binary: they compress as programs do. */
function largeTree(root: string): string {
  const binary = fs.readFileSync(process.execPath)
  for (let i = 0; i < 9000; i++) {
    const length = 1000 + ((i * 7919) % 66_000)
    const from = (i * 104_729) % (binary.length - length)
    write(`${root}/lib${i % 90}/part${i}`, binary.subarray(from, from + length))
  }
  return root
}

function smallFiles(root: string): string {
  const binary = fs.readFileSync(process.execPath)
  for (let i = 0; i < 10_000; i++) write(`${root}/d${i % 100}/file${i}`, binary.subarray(i * 4096, i * 4096 + 1024))
  return root
}

function write(path: string, content: Uint8Array): void {
  fs.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true })
  fs.writeFileSync(path, content)
}
