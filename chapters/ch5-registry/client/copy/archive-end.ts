/**
 * An archive, docker's or an image layout in a tar, as source and as sink: through a layout in a directory for the moment, with
 * ch4's reader and writer of archives.
 */

import * as fs from 'node:fs'
import * as os from 'node:os'
import type { Progress } from '#core/cli/progress'
import { fail } from '#core/errors'
import { annotations, type Descriptor } from '#core/spec/image'
import { archives, imageStore } from '../../../ch4-images/index.js'
import type { Sink, Source } from './ends.js'
import { chosen, layoutSink, layoutSource } from './layout-end.js'

export type Format = 'docker' | 'oci'

const scratch = (): string => fs.mkdtempSync(`${os.tmpdir()}/mini-docker-copy.`)
const remove = (directory: string): void => fs.rmSync(directory, { recursive: true, force: true })

/** @param name null: the only image that it has */
export async function archiveSource(file: string, name: string | null, progress: Progress): Promise<Source> {
  const { openImages, Lease } = await imageStore()
  const { Contents, readImages, readInto } = await archives()
  const directory = scratch()
  try {
    const images = openImages(directory)
    const lease = new Lease(images.store)
    const contents = new Contents(file, images.store, lease, progress)
    try {
      await readInto(contents, file)
      const found = readImages(contents)
      contents.commit(found.flatMap(({ blobs }) => blobs))
      for (const { made } of found) if (made !== null) images.store.put(made, lease)
      const entries = found.flatMap(({ target, names }): Descriptor[] =>
        names.length === 0 ? [target] : names.map(one => ({ ...target, annotations: { [annotations.refName]: one } })),
      )
      const whole = name === null || name.includes(':') ? name : `${name}:latest`
      const entry = chosen(entries, whole, `archive '${file}'`)
      const layout = layoutSource(images.store.root, null)
      const { annotations: said, ...bare } = entry
      return {
        ...layout,
        name: said?.[annotations.refName] ?? null,
        top: () => layout.manifest(bare),
        close: async () => remove(directory),
      }
    } finally {
      contents.end()
      lease.end()
    }
  } catch (error) {
    remove(directory)
    throw error
  }
}

/** @param name null: none */
export async function archiveSink(
  file: string,
  name: string | null,
  format: Format,
  progress: Progress,
): Promise<Sink> {
  if (fs.existsSync(file)) {
    fail('AlreadyExists', { what: `archive '${file}'`, why: 'is there already', hint: 'remove it, or name another' })
  }
  const { openImages } = await imageStore()
  const { saveToFile } = await archives()
  const directory = scratch()
  const images = openImages(directory)
  const layout = layoutSink(images.store.root, name)
  return {
    ...layout,
    async finish(top) {
      await layout.finish(top)
      await saveToFile(
        images,
        { names: [name ?? top.descriptor.digest], formats: [format], platform: null },
        file,
        progress,
      )
    },
    close: async () => remove(directory),
  }
}
