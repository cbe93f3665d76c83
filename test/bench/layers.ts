/**
 * Layers unpacked and packed, beside GNU tar and gzip, which do the same work but compute no digests: ours counts Node's
 * start, and SHA-256 of all that is unpacked, or of the archive and the blob that are packed.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { type Contender, compare } from './measure.js'
import { ownDisk } from './own-disk.js'

const job = bundled()
/** All trees that were unpacked stay on the disk, which has no inodes for more. */
const UNPACK_ROUNDS_MAX = 8
/** A round takes many seconds, and differs little from the next. */
const PACK_ROUNDS_MAX = 3

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

interface Case {
  readonly name: string
  readonly tree: string
}

export function layers(scratch: string, rounds: number): string[] {
  const disk = `${scratch}/disk`
  const remove = ownDisk(disk)
  try {
    const cases: readonly Case[] = [
      { name: '300 MB in 9000 files', tree: largeTree(`${disk}/large`) },
      { name: '10 000 files of 1 KB', tree: smallFiles(`${disk}/small`) },
    ]
    return [
      `| layers, as processes, on ${remove === null ? 'the disk as it is' : 'an ext4 of their own'} | CPU time, tar = 1 | wall time, tar = 1 | most memory |`,
      '|---|---|---|---|',
      ...cases.flatMap(one => rowsOf(one, disk, rounds)),
    ]
  } finally {
    remove?.()
  }
}

function rowsOf({ name, tree }: Case, scratch: string, rounds: number): string[] {
  const [blob, out, packed] = [`${tree}.tar.gz`, `${scratch}/out`, `${scratch}/packed`]
  execFileSync('tar', ['-czf', blob, '-C', tree, '.'])
  let moved = 0
  const emptied = (): void => {
    if (fs.existsSync(out)) fs.renameSync(out, `${tree}-out-${moved++}`) // not removed: see own-disk
    fs.mkdirSync(out)
    execFileSync('sync') // nor does one pay for the other's writing back
  }
  const unpack = [
    { name: 'tar', argv: ['tar', '-xzf', blob, '-C', out], before: emptied },
    { name: 'ours', argv: [process.execPath, job, 'unpack', blob, out], before: emptied },
  ]
  const pack = [
    { name: 'tar', argv: ['tar', '-czf', packed, '-C', tree, '.'] },
    { name: 'ours', argv: [process.execPath, job, 'pack', tree, packed] },
  ]
  return [
    row(`${name}: unpack a tar.gz`, unpack, Math.min(rounds, UNPACK_ROUNDS_MAX)),
    row(`${name}: pack to gzip -6`, pack, Math.min(rounds, PACK_ROUNDS_MAX)),
  ]
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
export function largeTree(root: string): string {
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
