/** Builds under test: a world with a base image, contexts, and what came of them. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as path from 'node:path'
import { findImage } from '#chapters/ch4-images/image/find'
import type { Image } from '#chapters/ch4-images/image/read'
import { openImages } from '#chapters/ch4-images/images'
import { type Options, type Result, run } from './cli.js'
import { newWorld, type World } from './world.js'

export interface BuildWorld extends World {
  /** A directory with these files; one that ends in a slash is a directory. */
  context(files: Readonly<Record<string, string | Buffer>>): string
  /** Builds what the context holds, or a Dockerfile alone. */
  build(
    context: string | Readonly<Record<string, string | Buffer>>,
    args?: readonly string[],
    options?: Options,
  ): Promise<Result>
  /** The same. @throws when it fails */
  built(...call: Parameters<BuildWorld['build']>): Promise<Result>
  image(name: string): Image
  /** What tar says of one of its layers, the lowest is 0. */
  layerList(image: string, layer: number): string
  /** Runs a shell line in it. */
  inside(image: string, line: string): Promise<string>
}

/** With the world's rootfs as the image `base`. */
export async function newBuildWorld(): Promise<BuildWorld> {
  const world = newWorld()
  const tar = world.path()
  execFileSync('tar', ['-C', world.rootfs, '-cf', tar, '.'])
  const imported = await run(world, ['ch4', 'import', tar, 'base'])
  if (imported.code !== 0) throw new Error(imported.stderr)
  const context: BuildWorld['context'] = files => {
    const place = world.path()
    fs.mkdirSync(place)
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(`${place}/${name}`), { recursive: true })
      if (name.endsWith('/')) fs.mkdirSync(`${place}/${name}`, { recursive: true })
      else fs.writeFileSync(`${place}/${name}`, content)
    }
    return place
  }
  const build: BuildWorld['build'] = (given, args = [], options = {}) => {
    const place = typeof given === 'string' ? given : context(given)
    return run(world, ['ch4', 'build', '--progress', 'plain', ...args, place], { seconds: 60, ...options })
  }
  const image: BuildWorld['image'] = name => findImage(openImages(world.data), name)
  return {
    ...world,
    context,
    build,
    built: async (...call) => {
      const result = await build(...call)
      if (result.code !== 0) throw new Error(result.stderr)
      return result
    },
    image,
    layerList: (name, layer) => {
      const { digest } = image(name).layers[layer]!.descriptor
      const blob = `${world.data}/store/blobs/sha256/${digest.slice('sha256:'.length)}`
      return execFileSync('tar', ['--numeric-owner', '-tvzf', blob], { encoding: 'utf8' })
    },
    inside: async (image, line) => {
      const { code, stdout, stderr } = await run(world, ['ch4', 'run', '--rm', image, 'sh', '-c', line])
      if (code !== 0) throw new Error(`${line}: ${code} ${stderr}`)
      return stdout
    },
  }
}

/** Of the steps that were shown, those that were found in the cache: their titles, without numbers. */
export function cachedIn({ stderr }: Result): string[] {
  const titles = new Map<string, string>()
  const cached: string[] = []
  for (const line of stderr.split('\n')) {
    const [, number, rest = ''] = /^#(\d+) (.*)$/.exec(line) ?? []
    if (number === undefined) continue
    if (rest.startsWith('[')) titles.set(number, rest.replace(/^\[[^\]]*\] /, ''))
    if (rest === 'CACHED') cached.push(titles.get(number)!)
  }
  return cached
}
