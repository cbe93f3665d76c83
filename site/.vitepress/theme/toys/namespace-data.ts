/**
 * Recorded prints of containers with and without each namespace: what `site/data/namespaces.json` holds. All 256
 * combinations were run by test/support/record/namespaces.ts; what a print depends on was found by comparing them.
 */

export const toggles = ['mount', 'pid', 'uts', 'ipc', 'network', 'user', 'cgroup', 'time'] as const
export type Toggle = (typeof toggles)[number]

export interface Print {
  /** As typed inside. A command whose lines depend on different namespaces comes in pieces, one after the other. */
  readonly typed: string
  /** The namespaces that make a difference to it, in the order of `toggles`. */
  readonly depends: readonly Toggle[]
  /** What it printed, by those of `depends` that are on, joined by `+`: an index of `texts`. */
  readonly outputs: Readonly<Record<string, number>>
}

export interface NamespaceData {
  readonly version: 1
  /** How many combinations were run and compared. */
  readonly combinations: number
  readonly texts: readonly string[]
  readonly prints: readonly Print[]
}
