/** What stands beside a cast, in `site/casts/<name>.json`: all that a page shows before, or without, a player. */

export interface CastAbout {
  readonly version: 1
  readonly title: { readonly en: string; readonly zh: string }
  readonly seconds: number
  readonly columns: number
  readonly rows: number
  /** Seconds, and what begins there. */
  readonly markers: readonly (readonly [at: number, label: { readonly en: string; readonly zh: string }])[]
  /** The session as plain text. */
  readonly text: string
}
