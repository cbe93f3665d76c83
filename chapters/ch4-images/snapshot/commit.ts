/** Carries out the steps of a commit, and keeps them below the snapshotter's root. */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import { syncDirectory } from '../store/durable.js'
import { onDisk } from '../store/store-error.js'
import type { CommitStep } from './commit-steps.js'
import { syncTree } from './sync-tree.js'

export interface CommitPlace {
  readonly root: string
  readonly locked: (action: () => void) => void
  /** Whether a file holds a record. */
  isRecord(path: string): boolean
  /** Under the lock, before all else that is done under it. @throws MiniDockerError when things have changed */
  recheck(): void
}

export function performCommit(steps: readonly CommitStep[], place: CommitPlace): void {
  const at = steps.findIndex(step => step.do === 'lock')
  const before = at < 0 ? [] : steps.slice(0, at)
  for (const step of before) perform(step, place)
  place.locked(() => {
    place.recheck()
    const written: string[] = []
    try {
      for (const step of steps.slice(at + 1)) {
        if (step.do === 'write') written.push(step.path)
        perform(step, place)
      }
    } catch (error) {
      for (const path of written) fs.rmSync(below(place.root, path), { force: true })
      throw error
    }
  })
}

function perform(step: CommitStep, { root, isRecord }: CommitPlace): void {
  const at = (path: string): string => below(root, path)
  onDisk(root, () => {
    switch (step.do) {
      case 'sync_tree':
        return syncTree(at(step.path))
      case 'expect_absent':
        if (isRecord(at(step.path))) {
          fail('AlreadyExists', { what: `snapshot '${keyIn(step.path)}'`, why: 'is there already' })
        }
        return
      case 'write':
        return fs.writeFileSync(at(step.path), step.text, { mode: 0o644 })
      case 'sync':
        return syncDirectory(at(step.path)) // the same calls as for a file
      case 'rename':
        return fs.renameSync(at(step.from), at(step.to))
      case 'remove':
        return fs.rmSync(at(step.path), { force: true })
    }
  })
}

const keyIn = (path: string): string => path.replace(/^records\/|\.json$/g, '').replaceAll('=', ':')

function below(root: string, path: string): string {
  const ways = path.split('/')
  if (ways.some(name => name === '' || name === '.' || name === '..')) {
    fail('InvalidArgument', { what: `path '${path}'`, why: "is none below the snapshots' root" })
  }
  return `${root}/${path}`
}
