/** The grader of ch1/enter-root. */

import * as fs from 'node:fs'
import { ch1, parts } from '#chapters/ch1-chroot/index'
import { before, find } from '#core/plan/query'
import type { Plan } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'
import { type Failure, type Grader, invariantCheck } from '#labs/runner/grade/grader'
import { type InsideFacts, parseFacts } from '#support/inside'
import { placesOf, told } from '../support/view.js'

const facts = cannedFacts.v2
const { shell, user } = ch1.examples as Record<'shell' | 'user', Spec>
const elsewhere: Spec = { ...shell, root: { path: '/srv/another root' } }
const specs: Readonly<Record<string, Spec>> = { shell, elsewhere, user }

const rowsOf = (plan: Plan, ...ops: readonly string[]): number[] =>
  ops.flatMap(op => find(plan, op).map(({ index }) => index))

export const grader: Grader = {
  lab: 'ch1/enter-root',
  around: parts,
  cases: Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { spec, facts }])),
  about: ['chroot'],
  checks: [
    {
      id: 'chroots-into-the-rootfs',
      rung: 'plan',
      title: 'a chroot into the rootfs of the spec is there',
      points: 2,
      judge({ plan: planOf, cases }) {
        for (const name of cases) {
          const plan = planOf(name)
          const wanted = specs[name]!.root.path
          const { root } = placesOf(plan).at(-1)!
          if (root === wanted) continue
          return {
            expected: `in the case '${name}' the root directory becomes "${wanted}", the rootfs that the spec names`,
            found: find(plan, 'chroot').length === 0 ? 'no chroot at all' : `it becomes "${root}"`,
            plan,
            rows: rowsOf(plan, 'chroot'),
          }
        }
        return null
      },
    },
    {
      id: 'starts-inside',
      rung: 'plan',
      title: 'the program starts in the directory "/" of the rootfs',
      points: 2,
      judge({ plan: planOf }) {
        for (const name of ['shell', 'elsewhere']) {
          const failure = standsIn(planOf(name), specs[name]!.root.path)
          if (failure !== null) return failure
        }
        return null
      },
    },
    invariantCheck('chdir-after-chroot'),
    {
      id: 'before-the-program-is-looked-for',
      rung: 'plan',
      title: 'the root is entered before the program is looked for',
      points: 1,
      judge({ plan: planOf, cases }) {
        const late = cases.map(planOf).find(plan => !before(plan, 'chroot', 'lookup'))
        if (late === undefined) return null
        return {
          expected: 'chroot stands before the look-up of the program, which belongs to the phase become',
          found: "the look-up comes first, and finds the host's program",
          plan: late,
          rows: rowsOf(late, 'chroot', 'lookup'),
        }
      },
    },
    {
      id: 'tolerates-nothing',
      rung: 'plan',
      title: 'a step that fails ends the start',
      points: 1,
      judge({ steps, plan: planOf, cases }) {
        for (const name of cases) {
          const own = steps(name)
          const plan = planOf(name)
          if (own.length === 0) return { expected: 'steps that may fail', found: 'no step at all', plan }
          const forgiving = own.find(({ tolerate = [] }) => tolerate.length > 0)
          if (forgiving === undefined) continue
          return {
            expected: 'no tolerate on these steps: a program whose jail could not be made must not start',
            found: `${forgiving.op} goes on after ${forgiving.tolerate!.join(', ')}, and the program runs on the host`,
            plan,
            rows: rowsOf(plan, forgiving.op),
          }
        }
        return null
      },
    },
    {
      id: 'sees-the-rootfs',
      rung: 'effect',
      title: '"/" is the rootfs, and ".." does not lead out of it',
      points: 2,
      needs: [],
      async judge(room) {
        const nonce = room.nonce()
        const rootfs = room.rootfs({ '/nonce': nonce })
        const ran = room.run(['ch1', 'run', '--rootfs', rootfs, '--', 'sh', '-c', 'cat nonce ../../nonce'])
        if (ran.code !== 0 || ran.stdout !== nonce + nonce) {
          return {
            expected: 'a file put into the rootfs is found at /nonce, from the working directory and from ../..',
            found: told(ran),
          }
        }
        const asked = room.run(['ch1', 'run', '--rootfs', rootfs, '--', 'inside', 'facts'])
        const inside: Partial<InsideFacts> = asked.code === 0 ? parseFacts(asked.stdout) : {}
        const { ino } = fs.statSync(rootfs)
        if (inside.root?.ino === ino && inside.cwd === '/') return null
        return {
          expected: `to the program "/" is inode ${ino}, the directory ${rootfs}, and it stands in it`,
          found: asked.code === 0 ? `"/" is inode ${inside.root?.ino}, and it stands in '${inside.cwd}'` : told(asked),
        }
      },
    },
  ],
}

/** Where execve happens, on paper: a chdir that finds nothing would have ended the start before. */
function standsIn(plan: Plan, rootfs: string): Failure | null {
  const { cwd } = placesOf(plan).at(-1)!
  if (cwd === rootfs) return null
  const [first] = find(plan, 'chroot')
  const moves = find(plan, 'chdir')
  const rows = rowsOf(plan, 'chroot', 'chdir')
  const expected = `when the program starts, it stands in "/" of the rootfs, ${rootfs}`
  if (moves.length === 0) {
    return { expected, found: 'no chdir: it stands where the tool was started, outside, and ".." leads on', plan, rows }
  }
  if (first === undefined || moves.at(-1)!.index < first.index) {
    return { expected, found: `chdir comes before chroot: it stands in the host's "${cwd}", outside`, plan, rows }
  }
  return {
    expected,
    found: `after chroot every path starts in the rootfs: that chdir means the host's "${cwd}"`,
    plan,
    rows,
  }
}
