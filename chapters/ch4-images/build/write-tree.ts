/** Files of the context as files again, for a mount: as the caller's own, with their modes and times. */

import * as fs from 'node:fs'
import type { TakenSource } from './files.js'

/** @param place an empty directory @returns what is to be bound: a file's place when the source is one */
export function writeTree(place: string, sources: readonly TakenSource[]): string {
  const [source] = sources
  if (source === undefined) return place
  const single = sources.length === 1 && !source.isDirectory
  const directories: { path: string; mode: number; seconds: number }[] = []
  for (const { name, isDirectory, files } of sources) {
    for (const { entry, content } of files) {
      const path = [place, isDirectory ? '' : name, entry.path].filter(part => part !== '').join('/')
      const seconds = Number(entry.mtime) / 1e9
      if (entry.type === 'directory') {
        fs.mkdirSync(path, { recursive: true })
        directories.push({ path, mode: entry.mode, seconds })
      } else if (typeof content === 'string') {
        fs.copyFileSync(content, path)
        fs.chmodSync(path, entry.mode)
        fs.utimesSync(path, seconds, seconds)
      } else if (entry.type === 'symlink') fs.symlinkSync(entry.target!, path)
    }
  }
  // the deepest first: a directory may be one that cannot be written in
  for (const { path, mode, seconds } of directories.reverse()) {
    fs.chmodSync(path, mode)
    fs.utimesSync(path, seconds, seconds)
  }
  return single ? `${place}/${source.name}` : place
}
