/**
 * The chapters as the doctor knows them. core knows no chapter's code, and toc.ts cannot be imported from here, so this
 * short list says the same a second time: test/core/doctor.test.ts holds the two together.
 */

export interface ChapterEntry {
  readonly id: string
  readonly title: string
  /** It has commands: the exit code asks only for those chapters. */
  readonly written: boolean
}

export const chapters: readonly ChapterEntry[] = [
  { id: 'ch1', title: 'chroot', written: true },
  { id: 'ch2', title: 'namespaces', written: true },
  { id: 'ch3', title: 'cgroups', written: false },
  { id: 'ch4', title: 'images', written: false },
  { id: 'ch5', title: 'registry', written: false },
  { id: 'ch6', title: 'daemon', written: false },
  { id: 'ch7', title: 'OCI', written: false },
]

/** Every chapter adds to the ones before it: what one needs, the later ones need. */
export const from = (first: string): readonly string[] =>
  chapters.map(({ id }) => id).slice(chapters.findIndex(({ id }) => id === first))
