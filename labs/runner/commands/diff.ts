/** `lab diff`: the attempt beside the reference, once it has passed. */

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { fail } from '#core/errors'
import { which } from '#core/sys/probe'
import type { Lab } from '#labs/index'
import { isBegun } from '#labs/runner/attempt/begin'
import { cutReference } from '#labs/runner/attempt/cut'
import { labOrCurrent } from '#labs/runner/progress/choose'
import { isSolved, progressOf, readProgress } from '#labs/runner/progress/progress'
import { attemptPath, referencePath } from '../places.js'
import { labCommand } from './lab-command.js'

export const diff = labCommand({
  name: 'lab diff',
  about: "Your attempt beside the chapter's own code, once the lab is solved. Another way that passes is no worse.",
  usage: '[LAB]',
  most: 1,
  flags: [],
  examples: ['lab diff', 'lab diff ch1/enter-root'],
  async run(_, [said]) {
    const lab = labOrCurrent(said, readProgress)
    mustBeSolved(lab)
    if (!isBegun(lab)) {
      fail('NotFound', { what: `labs/${lab.id}/attempt.ts`, why: 'is not there any more', hint: lab.source })
    }
    const { out } = await import('#core/cli/print')
    const text = differences(lab, process.stdout.isTTY === true)
    out(text === '' ? 'your attempt is the reference, word for word\n' : text)
    return 0
  },
})

/** @throws MiniDockerError FailedPrecondition */
export function mustBeSolved(lab: Lab): void {
  const progress = readProgress()
  if (isSolved(progress, lab)) return
  const what = `lab ${lab.id}`
  if (progressOf(progress, lab).last?.status === 'passed') {
    const hint = 'mini-docker lab status says what to do about it'
    fail('FailedPrecondition', { what, why: 'passed by a grader that is not the published one', hint })
  }
  const hint = `mini-docker lab check ${lab.id}`
  fail('FailedPrecondition', { what, why: 'is not solved yet: the reference is shown once it is', hint })
}

/** Unified, `-` the attempt, `+` the reference; empty when they are the same. */
export function differences(lab: Lab, colour: boolean): string {
  if (which('git') === null) fail('Unavailable', { what: 'git', why: 'is not installed', hint: `read ${lab.source}` })
  const scratch = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-diff.`)
  try {
    fs.writeFileSync(`${scratch}/attempt.ts`, fs.readFileSync(attemptPath(lab)))
    fs.writeFileSync(`${scratch}/reference.ts`, cutReference(fs.readFileSync(referencePath(lab), 'utf8'), lab))
    const args = ['diff', '--no-index', '--no-ext-diff', `--color=${colour ? 'always' : 'never'}`]
    const { status, stdout, stderr } = spawnSync('git', [...args, 'attempt.ts', 'reference.ts'], { cwd: scratch })
    if (status === 0 || status === 1) return String(stdout)
    return fail('Unavailable', { what: 'git diff', why: String(stderr).trim() || `exit ${status}` })
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}
