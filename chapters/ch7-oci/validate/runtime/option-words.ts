/** The options of mounts that every runtime on Linux must know, and how they are seen. Source: config.md "Linux mount options". Pure. */

/** Of a tmpfs: what mountinfo shows of it where it does, in its own options or those of the file system. */
const words: Readonly<Record<string, readonly string[]>> = {
  async: [],
  atime: [],
  defaults: ['rw'],
  dev: [],
  diratime: [],
  dirsync: ['dirsync'],
  exec: [],
  iversion: [],
  lazytime: ['lazytime'],
  loud: [],
  noatime: ['noatime'],
  nodev: ['nodev'],
  nodiratime: ['nodiratime'],
  noexec: ['noexec'],
  noiversion: [],
  nolazytime: [],
  norelatime: [],
  nostrictatime: [],
  nosuid: ['nosuid'],
  relatime: ['relatime'],
  ro: ['ro'],
  rw: ['rw'],
  silent: [],
  strictatime: [],
  suid: [],
  sync: ['sync'],
}

export const optionWords: readonly string[] = Object.keys(words)

/** @param lines of the container's mountinfo: it has a mount of its own for each word, below /mnt @returns what is wrong */
export function wrongOf(word: string, lines: readonly string[]): string[] {
  const line = lines.find(one => one.split(' ')[4] === `/mnt/${word}`)
  if (line === undefined) return [`${word} is not taken`]
  const has = line.split(/[ ,]/)
  return words[word]!.filter(one => !has.includes(one)).map(one => `${word}: the mount is not ${one}`)
}
