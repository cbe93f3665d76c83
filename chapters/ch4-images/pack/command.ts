/** `ch4 pack`: this machine's environment as an image. */

import type { Flags } from '#core/cli/flags'
import { err, out, printWarning } from '#core/cli/print'
import { directories } from '#core/sys/paths'
import { openImages } from '../images.js'
import type { Packable } from '../layer/pack.js'
import { Lease } from '../store/leases.js'
import { containerConfigOf } from './config.js'
import type { Owner } from './entries.js'
import { foundIn } from './found.js'
import { summaryOf } from './item.js'
import { nameImage } from './make-image.js'
import { excludesOf } from './patterns.js'
import { packProgram, withPath } from './program.js'
import { listText, megabytes, summaryText } from './report.js'
import { filesOf, listTree } from './tree.js'
import { type PackWish, packWishOf } from './wish.js'
import { writeLayer } from './write-layer.js'

type ProgramWish = Extract<PackWish, { kind: 'program' }>

export async function pack(flags: Flags, rest: readonly string[]): Promise<number> {
  const wish = packWishOf(flags, rest)
  const config = containerConfigOf(wish.config) // all that is wrong with it is said before anything is done
  const packer = { uid: process.geteuid!(), gid: process.getegid!() }
  if (wish.kind === 'tree') {
    if (wish.listOnly) listTree(wish)
    else await write(wish, { ...config, Env: withPath(wish.config.env) }, filesOf(wish), packer)
    return 0
  }
  const { items, env, notes } = await find(wish, packer)
  for (const note of notes) printWarning(note)
  if (wish.listOnly) out(listText(items))
  else {
    say(wish, summaryText(summaryOf(items)))
    await write(wish, { ...config, Env: env }, foundIn(items))
  }
  return 0
}

const say = ({ quiet }: PackWish, text: string): boolean => quiet || err(`${text}\n`)

function find(wish: ProgramWish, packer: Owner): ReturnType<typeof packProgram> {
  const { config, workdir, include, exclude, traceFor, quiet } = wish
  const { data, run } = directories()
  return packProgram({
    command: config.command,
    workdir,
    env: config.env,
    include,
    excluded: excludesOf(exclude),
    packer,
    ownDirectories: [data, run],
    traceFor,
    beforeTrace: () => say(wish, `running ${config.command[0]} for up to ${traceFor! / 1000} s, to see what it needs`),
    output: quiet ? null : 2,
  })
}

async function write(
  wish: PackWish,
  config: ReturnType<typeof containerConfigOf>,
  found: Iterable<Packable>,
  packer?: Owner,
): Promise<void> {
  const { name, said, compression, sourceDate: clamp } = wish
  const images = openImages()
  const lease = new Lease(images.store)
  try {
    const owner = packer === undefined ? {} : { packer }
    const { files, bytes, newest, ...layer } = await writeLayer(images, found, { lease, compression, clamp, ...owner })
    if (wish.kind === 'tree') say(wish, `${files} files, ${megabytes(bytes)}`)
    const target = nameImage(images, { layers: [{ layer, said, created: newest }], config, name: name!, lease })
    say(wish, `${name}: a layer of ${megabytes(layer.size)}`)
    out(`${target.digest}\n`)
  } finally {
    lease.end()
  }
}
