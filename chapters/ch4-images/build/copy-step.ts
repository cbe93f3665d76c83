/**
 * COPY and ADD: a layer is written as it will be, out of the sources, and nothing has to be mounted for it. Where its target leads
 * is looked up in the layers below.
 */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import { ignorePatterns } from '../dockerfile/ignore.js'
import { noXattrs } from '../layer/entry.js'
import { cacheKeyText } from '../parts-in-use.js'
import { accountIn } from '../snapshot/account-in.js'
import type { Resolved } from '../snapshot/resolve-in-layers.js'
import { callWorker } from '../worker/call.js'
import { formatOf, holdsArchive, plainStream, readArchive } from './archive.js'
import { type Building, lookInto, resolveIn, type Work, withView } from './building.js'
import type { Copied } from './cache-key.js'
import { keyOf } from './cache-records.js'
import { resolvePath } from './config.js'
import type { ExpandedCopy } from './expand-step.js'
import { copiedOf, openFile, type TakenSource } from './files.js'
import { placeFiles } from './placing.js'
import { chainIdOf, type StageState } from './stage-state.js'
import { takeFiles } from './take.js'
import { readTaken } from './take-job.js'
import { writeLayer } from './write-layer.js'

const rootOwner = { uid: 0, gid: 0 }

/** @param from null: the build context */
export async function copyWork(
  building: Building,
  state: StageState,
  copy: ExpandedCopy,
  from: StageState | null,
  platform: string,
): Promise<Work> {
  const mode = copy.chmod === null ? null : Number.parseInt(copy.chmod, 8)
  if (copy.sources.length + copy.texts.length > 1 && !copy.target.endsWith('/')) {
    fail('InvalidArgument', {
      what: `target '${copy.target}'`,
      why: 'several sources need a directory',
      hint: `${copy.target}/`,
    })
  }
  const slash = copy.target.endsWith('/') || copy.target === '.' || copy.target.endsWith('/.')
  const path = resolvePath(state.config.WorkingDir ?? '/', copy.target)
  const change = { chown: copy.chown, mode }
  // read at once when they are here; of another stage only when it is not known what they were
  const here = from === null ? takeHere(building, copy) : null
  const files = here !== null ? copiedIn(here, change) : await copiedFrom(building, from!, copy, change)
  const texts = textsOf(copy, building.now)
  const key = keyOf(
    cacheKeyText(
      { chainId: chainIdOf(state), platform },
      {
        kind: copy.kind,
        target: slash && path !== '/' ? `${path}/` : path,
        files: [...files, ...copiedIn(texts, change)],
      },
    ),
  )
  const make = async () => {
    const named = here ?? (copy.sources.length === 0 ? [] : await takeFrom(building, from!, copy))
    const sources = [...(copy.unpack ? await unpacked(building, named) : named), ...texts]
    const [target] = (await resolveIn(building, state, [path])) as [Resolved]
    const placed = await lookInto(building, state, layers => {
      const now = BigInt(Date.parse(building.now)) * 1_000_000n
      return placeFiles(sources, { ...target, slash }, { owner: ownerOf(layers, copy.chown), mode, now })
    })
    return writeLayer(building, placed)
  }
  return { key, make }
}

function takeHere({ context }: Building, { sources, exclude, parents }: ExpandedCopy): TakenSource[] {
  if (sources.length === 0) return []
  const { root, ignore } = context
  return takeFiles(root, { sources, ignore, exclude: ignorePatterns(exclude), parents, owner: rootOwner })
}

const copiedIn = (sources: readonly TakenSource[], change: Parameters<typeof copiedOf>[1]): Copied[] =>
  sources.flatMap(({ isDirectory, name, files }) =>
    files.map(file => {
      const copied = copiedOf(file, change)
      if (!isDirectory) return { ...copied, path: name }
      return file.entry.path === '' ? { ...copied, mode: 0, xattrs: {} } : copied // only that it is one counts
    }),
  )

/** A tree never changes under its chain ID: what was found in it once is remembered, and it need not be mounted again. */
async function copiedFrom(
  building: Building,
  from: StageState,
  copy: ExpandedCopy,
  change: Parameters<typeof copiedOf>[1],
): Promise<Copied[]> {
  const { sources, exclude, parents } = copy
  if (sources.length === 0) return []
  const asked = keyOf(JSON.stringify(['take', chainIdOf(from), sources, exclude, parents, change]))
  const known = building.records.remembered(asked)
  if (known !== null) return JSON.parse(known) as Copied[]
  const files = copiedIn(await takeFrom(building, from, copy), change)
  building.records.remember(asked, JSON.stringify(files))
  return files
}

async function takeFrom(building: Building, from: StageState, copy: ExpandedCopy): Promise<TakenSource[]> {
  const { sources, exclude, parents } = copy
  return withView(building, from, async mount => {
    if (mount === null) {
      return fail('NotFound', { what: `'${sources.join("' '")}'`, why: 'is not there: the stage has no files' })
    }
    const out = building.scratch.directory()
    const { at } = building.images
    await callWorker({ job: 'take', arguments: { out, sources, exclude, parents }, mount, at })
    return readTaken(out)
  })
}

/** ADD: an archive is what is in it. */
async function unpacked(building: Building, sources: readonly TakenSource[]): Promise<TakenSource[]> {
  return Promise.all(
    sources.map(async source => {
      const [file] = source.files
      if (source.isDirectory || typeof file?.content !== 'string') return source
      const fd = openFile(file.content)
      const head = Buffer.alloc(512)
      fs.readSync(fd, head, 0, head.length, 0)
      fs.closeSync(fd)
      const format = formatOf(head)
      if (format === null) return source
      const stream = () => fs.createReadStream(file.content as string)
      if (!(await holdsArchive(stream(), format))) return source
      const files = await readArchive(plainStream(stream(), format), source.name, building.scratch.directory())
      return { ...source, isDirectory: true, files }
    }),
  )
}

/** Heredocs: files that stand in the Dockerfile itself. */
const textsOf = ({ texts }: ExpandedCopy, now: string): TakenSource[] =>
  texts.map(({ name, text }) => {
    const content = Buffer.from(text)
    const mtime = BigInt(Date.parse(now)) * 1_000_000n
    const about = {
      path: '',
      type: 'file',
      mode: 0o644,
      ...rootOwner,
      size: content.length,
      mtime,
      xattrs: noXattrs,
    } as const
    return { name, isDirectory: false, files: [{ entry: about, content }] }
  })

/** Of --chown: a name's group is that of passwd(5), a number's the same number. */
function ownerOf(layers: readonly string[], chown: string | null): { uid: number; gid: number } | null {
  if (chown === null) return null
  const whole = /^\d+$/.test(chown) ? `${chown}:${chown}` : chown
  const { uid, gid } = accountIn(layers, whole)
  return { uid, gid }
}
