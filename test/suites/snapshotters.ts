/** The subjects of the suite. Run by itself it is the suite of a rootless overlay, for who is nobody in particular. */

import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import { CopyingSnapshotter } from '#chapters/ch4-images/snapshot/copying'
import { OverlaySnapshotter } from '#chapters/ch4-images/snapshot/overlay'
import { locked } from '#chapters/ch4-images/store/lock'
import { Trash } from '#chapters/ch4-images/store/trash'
import { type Subject, snapshotterSuite } from './snapshotter-suite.js'

export const program = fileURLToPath(import.meta.url)

const kinds = { overlay: OverlaySnapshotter, copying: CopyingSnapshotter } as const

/** @param base an existing directory of its own */
export function subjectIn(base: string, kind: keyof typeof kinds, rootless: boolean): Subject {
  const at = `${base}/at`
  fs.mkdirSync(at, { recursive: true })
  const root = `${base}/${kind}`
  const snapshotter = new kinds[kind]({
    root,
    locked: action => locked(`${base}/lock`, action),
    trash: new Trash(`${base}/trash`),
    rootless,
  })
  return { snapshotter, root, at }
}

const [, asked, base] = process.argv
if (asked === program && base !== undefined) {
  let next = 0
  const fresh = (): string => {
    const directory = `${base}/${next++}`
    fs.mkdirSync(directory)
    return directory
  }
  snapshotterSuite('rootless overlay', () => subjectIn(fresh(), 'overlay', true), ['unshare', '-Ur'])
  test.run()
}
