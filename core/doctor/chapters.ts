/**
 * The chapters as the doctor knows them: by their numbers alone. core knows no chapter's code; what they are called, and
 * which are written, stands in the table of contents, and main says it.
 */

export interface ChapterEntry {
  readonly id: string
  readonly title: string
  /** It has commands: the exit code asks only for those chapters. */
  readonly written: boolean
}

const ids = ['ch1', 'ch2', 'ch3', 'ch4', 'ch5', 'ch6', 'ch7'] as const

/** Every chapter adds to the ones before it: what one needs, the later ones need. */
export const from = (first: (typeof ids)[number]): readonly string[] => ids.slice(ids.indexOf(first))
