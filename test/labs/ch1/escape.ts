/** The grader of ch1/escape. */

import * as fs from 'node:fs'
import { ch1, escapeParts } from '#chapters/ch1-chroot/index'
import { find } from '#core/plan/query'
import type { Plan } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { isBelow, type Place, placesOf, resolve, told } from '../support/view.js'

const facts = cannedFacts.v2
const { shell } = ch1.examples as Record<'shell', Spec>
const deepPath = `/srv${'/deep'.repeat(30)}`
const specs: Readonly<Record<string, Spec>> = { shell, deep: { ...shell, root: { path: deepPath } } }

/** The plan, the attempt's own part of it, and where the process stands before each step. */
interface Climb {
  readonly plan: Plan
  readonly rootfs: string
  readonly own: readonly number[]
  /** Those of them that are performed in the finished jail: before it is there, nobody breaks out. */
  readonly inside: readonly number[]
  readonly places: readonly Place[]
}

function climbOf({ plan: planOf }: Evidence, name: string): Climb {
  const plan = planOf(name)
  const own = plan.steps.flatMap(({ by }, index) => (by === 'lab.escape' ? [index] : []))
  const jail = plan.steps.findLastIndex(({ by }) => by === 'ch1.enterRoot')
  const inside = own.filter(index => index > jail)
  return { plan, rootfs: specs[name]!.root.path, own, inside, places: placesOf(plan) }
}

const overAll =
  (judge: (climb: Climb) => Omit<Failure, 'plan'> | null) =>
  (evidence: Evidence): Failure | null => {
    for (const name of evidence.cases) {
      const climb = climbOf(evidence, name)
      const failure = judge(climb)
      if (failure !== null) return { ...failure, plan: climb.plan }
    }
    return null
  }

export const grader: Grader = {
  lab: 'ch1/escape',
  around: escapeParts,
  cases: Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { spec, facts }])),
  about: ['chroot'],
  checks: [
    {
      id: 'from-inside-the-jail',
      rung: 'plan',
      title: 'the escape begins in the finished jail, and ends before the program is looked for',
      points: 1,
      judge: overAll(({ plan, own, inside }) => {
        const lookup = find(plan, 'lookup')[0]?.index ?? plan.steps.length
        const rows = own.filter(index => !inside.includes(index) || index > lookup)
        if (own.length > 0 && rows.length === 0) return null
        return {
          expected: 'all steps stand after those that make the jail, and before the look-up: in the phase become',
          found:
            own.length === 0
              ? 'no step at all'
              : !inside.includes(rows[0]!)
                ? 'some come before there is a jail: it closes behind them'
                : 'some come after the program was looked for: it is the one of the jail',
          rows,
        }
      }),
    },
    {
      id: 'makes-a-place',
      rung: 'plan',
      title: 'the directory that becomes the new root is made first',
      points: 1,
      judge: overAll(({ plan, rootfs, own, places }) => {
        if (own.length === 0) return { expected: 'a directory that becomes the new root', found: 'no step at all' }
        const there = new Set<string>()
        for (const index of own) {
          const step = plan.steps[index]!
          if (step.op === 'mkdir_plain') {
            if ((step.mode & 0o100) === 0) return closed(step.mode, index)
            there.add(resolve(places[index]!, step.path))
          }
          if (step.op !== 'chroot' && step.op !== 'chdir') continue
          const target = resolve(places[index]!, step.path)
          if (there.has(target) || isBelow(rootfs, target)) continue
          return {
            expected: 'what chroot and chdir name is a directory that a step before them has made',
            found: `nobody has made ${target}, and a rootfs need not have it`,
            rows: [index],
          }
        }
        return null
      }),
    },
    {
      id: 'outside-of-the-root',
      rung: 'plan',
      title: 'a chroot leaves the working directory outside of the new root, and ".." climbs from there',
      points: 1,
      judge: overAll(({ plan, own, places }) => {
        const chroots = own.filter(index => plan.steps[index]!.op === 'chroot')
        const isOutside = (index: number): boolean => !isBelow(places[index]!.cwd, places[index]!.root)
        const left = chroots.find(index => isOutside(index + 1))
        if (own.some(index => isOutside(index) && goesUp(plan, index))) return null
        return {
          expected:
            'after a chroot the working directory lies outside of the new root, and ".." is followed from there',
          found:
            chroots.length === 0
              ? 'no chroot: the root directory is where it was'
              : left === undefined
                ? 'no chroot moves the root away from under the working directory'
                : own.some(index => index > left && goesUp(plan, index))
                  ? 'the working directory goes along into the new root, and ".." ends there'
                  : 'nothing follows ".." once the root has moved',
          rows: own.slice(0, own.indexOf(left ?? own[0]!) + 2),
        }
      }),
    },
    {
      id: 'climbs-to-the-top',
      rung: 'plan',
      title: '".." is followed up to the real root, however deep the rootfs lies',
      points: 1,
      judge: overAll(({ rootfs, own, inside, places }) => {
        const seen = inside.flatMap(index => [places[index + 1]!.cwd, places[index + 1]!.root])
        if (seen.includes('/')) return null
        const highest = seen.reduce((best, one) => (one.length < best.length ? one : best), rootfs)
        return {
          expected: `from ${rootfs} it gets to "/" of the host`,
          found: isBelow(highest, rootfs) ? 'it never leaves the rootfs' : `it gets as far as ${highest}`,
          rows: own,
        }
      }),
    },
    {
      id: 'takes-the-real-root',
      rung: 'plan',
      title: "at the end the process's root directory is the host's",
      points: 1,
      judge: overAll(({ plan, own, inside, places }) => {
        const { root } = places[(inside.at(-1) ?? plan.steps.length - 1) + 1]!
        if (root === '/') return null
        const last = own.findLast(index => plan.steps[index]!.op === 'chroot') ?? -1
        const step = plan.steps[last]
        const absolute = step?.op === 'chroot' && step.path.startsWith('/')
        const early = own.some(index => index > last && goesUp(plan, index))
        const why = absolute
          ? `chroot("${step.path}") starts at the root that it has`
          : early
            ? 'no chroot follows the climb'
            : 'the last chroot does not get there'
        return {
          expected: 'the last chroot makes "/" of the host the root directory: the program is looked for from there',
          found: `${why}: it is still ${root}`,
          rows: last < 0 ? own : [last],
        }
      }),
    },
    {
      id: 'reaches-the-host',
      rung: 'effect',
      title: "in ch1's jail it reaches a file that lies outside of the rootfs",
      points: 2,
      needs: [],
      async judge(room) {
        const nonce = room.nonce()
        const secret = `${room.scratch}/${room.nonce()}`
        fs.writeFileSync(secret, nonce)
        const above = `${room.scratch}${'/deep'.repeat(30)}`
        fs.mkdirSync(above, { recursive: true })
        const rootfs = `${above}/rootfs`
        fs.renameSync(room.rootfs(), rootfs)
        const jailed = room.run(['ch1', 'run', '--rootfs', rootfs, '--', 'cat', secret])
        const ran = room.run(['ch1', 'escape', '--rootfs', rootfs, '--', 'cat', secret])
        if (jailed.code !== 0 && ran.code === 0 && ran.stdout === nonce) return null
        return { expected: `ch1 escape -- cat ${secret} prints ${nonce}, which lies on the host`, found: told(ran) }
      },
    },
    {
      id: 'works-again',
      rung: 'effect',
      title: 'what an earlier escape left behind is no obstacle',
      points: 1,
      needs: [],
      async judge(room) {
        const nonce = room.nonce()
        const secret = `${room.scratch}/${room.nonce()}`
        fs.writeFileSync(secret, nonce)
        const rootfs = room.rootfs()
        const escape = ['ch1', 'escape', '--rootfs', rootfs, '--', 'cat', secret]
        fs.mkdirSync(`${rootfs}/.escape/left`, { recursive: true })
        for (const time of ['first', 'second']) {
          const ran = room.run(escape)
          if (ran.code === 0 && ran.stdout === nonce) continue
          return {
            expected: `the ${time} escape from a rootfs in which the directory is already there prints ${nonce}`,
            found: told(ran),
          }
        }
        return null
      },
    },
    {
      id: 'stays-in-ch2',
      rung: 'effect',
      title: "the same steps after ch2's pivot_root climb to the container's own root",
      points: 1,
      needs: [],
      async judge(room) {
        const [outside, inside] = [room.nonce(), room.nonce()]
        const secret = `${room.scratch}/${room.nonce()}`
        fs.writeFileSync(secret, outside)
        const rootfs = room.rootfs({ '/nonce': inside })
        const ran = room.run(['ch2', 'escape', '--rootfs', rootfs, '--', 'sh', '-c', `cat /nonce; cat ${secret}`])
        if (ran.stdout === inside && ran.code !== 0) return null
        return {
          expected: `ch2 escape runs, finds ${inside} in the file /nonce of its own root, and nothing of the host`,
          found: told(ran),
        }
      },
    },
  ],
}

const closed = (mode: number, index: number): Omit<Failure, 'plan'> => ({
  expected: 'its owner may enter the directory that is made: the x of its mode says so',
  found: `its mode is 0${mode.toString(8)}`,
  rows: [index],
})

/** Whether the step follows "..". */
function goesUp(plan: Plan, index: number): boolean {
  const step = plan.steps[index]!
  return (step.op === 'chdir' || step.op === 'chroot') && step.path.split('/').includes('..')
}
