/** `ch5 copy`: between registries, layouts and archives, without the store. */

import type { Flags } from '#core/cli/flags'
import { out } from '#core/cli/print'
import { openProgress, type Progress } from '#core/cli/progress'
import { fail } from '#core/errors'
import { imageStore } from '../../../ch4-images/index.js'
import { parseReference } from '../../reference/parse.js'
import { copyImage } from '../copy/copy.js'
import type { Sink, Source } from '../copy/ends.js'
import { Registry } from '../http/registry.js'
import { countOf } from './argument.js'

export async function copy(flags: Flags, [from, to, ...more]: readonly string[]): Promise<number> {
  if (from === undefined || to === undefined || more.length > 0) {
    fail('InvalidArgument', { what: 'ch5 copy', why: 'needs two places', hint: 'mini-docker ch5 copy SOURCE TARGET' })
  }
  const { parsePlatform } = await imageStore()
  const platform = flags.one('platform')
  const wish = {
    platform: platform === undefined ? null : parsePlatform(platform),
    most: countOf(flags, 'max-concurrent-downloads', 3),
  }
  const progress = openProgress(flags.on('quiet'))
  const insecure = flags.all('insecure-registry')
  const source = await sourceOf(placeOf(from), insecure, progress)
  try {
    const sink = await sinkOf(placeOf(to), source, insecure, progress)
    try {
      const { digest } = await copyImage(source, sink, wish, progress)
      progress.end()
      out(`${digest}\n`)
      return 0
    } finally {
      progress.end()
      await sink.close()
    }
  } finally {
    await source.close()
  }
}

interface Place {
  readonly kind: 'registry' | 'oci' | 'oci-archive' | 'docker-archive'
  /** A reference, a directory or a file. */
  readonly where: string
  readonly name: string | null
}

/** `oci:DIR[:TAG]`, `oci-archive:FILE[:NAME]`, `docker-archive:FILE[:NAME]`, else a reference, with or without `docker://`. */
function placeOf(text: string): Place {
  const [, kind, where, name] = /^(oci|oci-archive|docker-archive):([^:]+)(?::(.+))?$/.exec(text) ?? []
  if (kind !== undefined) return { kind: kind as Place['kind'], where: where!, name: name ?? null }
  return { kind: 'registry', where: text.replace(/^docker:\/\//, ''), name: null }
}

async function sourceOf(
  { kind, where, name }: Place,
  insecure: readonly string[],
  progress: Progress,
): Promise<Source> {
  if (kind === 'registry') {
    const reference = parseReference(where)
    return (await import('../copy/registry-end.js')).registrySource(
      new Registry(reference.domain, { insecure }),
      reference,
    )
  }
  if (kind === 'oci') return (await import('../copy/layout-end.js')).layoutSource(where, name)
  return (await import('../copy/archive-end.js')).archiveSource(where, name, progress)
}

async function sinkOf(
  { kind, where, name }: Place,
  source: Source,
  insecure: readonly string[],
  progress: Progress,
): Promise<Sink> {
  if (kind === 'registry') {
    const reference = parseReference(where)
    return (await import('../copy/registry-end.js')).registrySink(
      new Registry(reference.domain, { insecure }),
      reference,
    )
  }
  if (kind === 'oci') return (await import('../copy/layout-end.js')).layoutSink(where, name)
  const { archiveSink } = await import('../copy/archive-end.js')
  const { parseName } = await imageStore()
  const own = name ?? source.name
  return archiveSink(where, own === null ? null : parseName(own), kind === 'oci-archive' ? 'oci' : 'docker', progress)
}
