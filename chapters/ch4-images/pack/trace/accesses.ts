/** What was seen of a program's run, gathered: pure, and what all that follows goes by. */

/** How a file was found, the most telling first. */
export type Seen = 'exec' | 'open' | 'look'

export interface Access {
  /** Absolute, as the program said it: links and `..` in it are not resolved. */
  readonly path: string
  readonly seen: Seen
  /** False: it was the link itself that was looked at. */
  readonly follows: boolean
}

export class Accesses {
  readonly #all = new Map<string, Access>()
  readonly #made = new Set<string>()

  add(access: Access): void {
    const key = `${access.follows ? 'f' : 'l'}${access.path}`
    const known = this.#all.get(key)
    if (known === undefined || rank(access.seen) < rank(known.seen)) this.#all.set(key, access)
  }

  /** A name that the program made itself, without links. */
  make(path: string): void {
    this.#made.add(path)
  }

  /** Whether a link-free path, or a directory above it, was made by the program. */
  isMade(path: string): boolean {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (this.#made.has(path.slice(0, end))) return true
    }
    return false
  }

  /** In the order of their paths. */
  list(): Access[] {
    return [...this.#all.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  }
}

const rank = (seen: Seen): number => (['exec', 'open', 'look'] as const).indexOf(seen)
