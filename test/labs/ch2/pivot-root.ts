/** The grader of ch2/pivot-root. */

import * as fs from 'node:fs'
import { examples } from '#chapters/ch2-namespaces/examples'
import { parts } from '#chapters/ch2-namespaces/index'
import type { Plan, Step } from '#core/plan/step'
import { isolates } from '#core/spec/runtime'
import { cannedFacts, type Facts } from '#core/sys/facts'
import { type Case, type Failure, type Grader, invariantCheck } from '#labs/runner/grade/grader'
import { type Room, survived } from '#labs/runner/room/room'
import { parseFacts, parseMounts } from '#support/inside'
import { said } from '../black-box/view.js'
import { firstFailure, indexesOf, rowsOf } from '../support/plan-rows.js'

const { v1: old, v2: modern } = cannedFacts
const ordinary: Facts = { ...modern, uid: 1000, gid: 1000, idmap: false }
const cases = {
  'a container': { spec: examples.container, facts: modern },
  'another rootfs': { spec: { ...examples.container, root: { path: '/srv/another root' } }, facts: old },
  'users of its own': { spec: examples.userns, facts: modern },
  'users of its own, no id-mapped mounts': { spec: examples.userns, facts: old },
  'an ordinary user': { spec: examples.userns, facts: ordinary },
} satisfies Record<string, Case>
const caseOf = (name: string): Case => cases[name as keyof typeof cases]
const pathIn = (name: string): string => caseOf(name).spec.root.path
const isMapped = (name: string): boolean => {
  const { spec, facts } = caseOf(name)
  return isolates(spec, 'user') && facts.idmap
}

/** Where the plan makes the rootfs a mount: bound on itself in one way or another, or a mapped copy put over it. */
const makesMount = (path: string, step: Step): boolean =>
  ((step.op === 'bind_root' || step.op === 'move_root') && step.path === path) ||
  (step.op === 'mount' && step.flags.includes('MS_BIND') && step.source === path && step.target === '/')
const mountRows = (plan: Plan, path: string): number[] =>
  plan.steps.flatMap((step, index) => (makesMount(path, step) ? [index] : []))
const pivotOf = (plan: Plan) => rowsOf(plan, 'pivot_root')[0]

/** `.` for an old root that lies on the new one, else the directory inside that it was put into; null when it is nowhere. */
function oldRootAt(plan: Plan, path: string): string | null {
  const pivot = pivotOf(plan)
  if (pivot === undefined) return null
  const { newRoot, putOld } = pivot.step
  if (newRoot === putOld) return '.'
  const inside = putOld.replace(newRoot === '.' ? /^(\.\/)?/ : `${path}/`, '/')
  return rowsOf(plan, 'mkdir').some(({ index, step }) => index < pivot.index && step.target === inside) ? inside : null
}

/** What can be seen of the host from inside. */
function hostSeen(room: Room, flags: readonly string[]): Failure | null {
  const [ours, theirs] = [room.nonce(), room.nonce()]
  const rootfs = room.rootfs({ '/nonce': ours })
  const outside = `${room.scratch}/${room.nonce()}`
  fs.writeFileSync(outside, theirs)
  const how = ['ch2 run', ...flags].join(' ')
  const cat = room.run([
    'ch2',
    'run',
    ...flags,
    '--rootfs',
    rootfs,
    '--',
    'sh',
    '-c',
    `cat /nonce ../../nonce ${outside}; :`,
  ])
  if (cat.code !== 0 || cat.stdout !== ours + ours)
    return {
      expected: 'a file put into the rootfs is found at /nonce, and a file outside of it nowhere',
      found: `${how}: ${cat.stdout.includes(theirs) ? 'the file outside was read' : said(cat)}`,
    }
  const shown = room.run(['ch2', 'run', ...flags, '--rootfs', rootfs, '--', 'inside', 'facts'])
  const rows = parseMounts(parseFacts(shown.stdout).mountinfo ?? [])
  const strange = rows.filter(({ at, root }) => (at === '/' ? root === '/' : !/^\/(proc|dev|sys)(\/|$)/.test(at)))
  if (strange.length > 0 || rows.filter(({ at }) => at === '/').length !== 1)
    return {
      expected: 'one row for / in /proc/self/mountinfo, which is the rootfs, and none of the host',
      found: `${how}: mounts at ${rows.map(({ at }) => at).join(' ')}`,
    }
  const climb = room.run(['ch2', 'escape', ...flags, '--rootfs', rootfs, '--', 'cat', outside])
  return climb.code === 0 || climb.stdout.includes(theirs)
    ? { expected: "ch1's way of breaking out leads nowhere: ch2 escape finds no file outside", found: said(climb) }
    : null
}

export const grader: Grader = {
  lab: 'ch2/pivot-root',
  around: parts,
  cases,
  about: ['pivot_root', 'bind_root', 'move_root', 'mount'],
  checks: [
    {
      id: 'a-mount-of-its-own',
      rung: 'plan',
      title: 'the rootfs is a mount before pivot_root turns to it',
      points: 1,
      judge: ({ plan: planOf, cases }) =>
        firstFailure(cases, name => {
          const [plan, path] = [planOf(name), pathIn(name)]
          const rows = mountRows(plan, path)
          const pivots = indexesOf(rowsOf(plan, 'pivot_root'))
          if (rows.length > 0 && pivots.every(at => rows[0]! < at)) return null
          const found = rows.length === 0 ? 'it stays a plain directory' : 'it becomes one after pivot_root'
          return {
            expected: `a step that makes ${path} a mount: pivot_root takes nothing else, and says EBUSY or EINVAL`,
            found: `in the case '${name}': ${found}`,
            plan,
            rows: [...pivots, ...rows],
          }
        }),
    },
    {
      id: 'owners-through-the-map',
      rung: 'plan',
      title: 'where owners can be seen through the id map they are, and elsewhere it is not tried',
      points: 1,
      judge: ({ plan: planOf, cases }) =>
        firstFailure(cases, name => {
          const [plan, path] = [planOf(name), pathIn(name)]
          const trees = rowsOf(plan, 'idmap_tree')
          const moves = rowsOf(plan, 'move_root').filter(({ step }) => step.path === path)
          const rows = [...indexesOf(trees), ...mountRows(plan, path)]
          if (isMapped(name)) {
            if (trees.some(({ step }) => step.path === path) && moves.length > 0) return null
            return {
              expected: 'a user namespace, and facts.idmap: an id-mapped copy of the rootfs becomes the root',
              found: `in the case '${name}': to the container's root its own files belong to nobody`,
              plan,
              rows,
            }
          }
          if (trees.length === 0 && moves.length === 0) return null
          const why = isolates(caseOf(name).spec, 'user') ? 'this host cannot do it' : 'there is no map to see through'
          return {
            expected: 'the rootfs as it is, bound onto itself',
            found: `in the case '${name}': ${why}`,
            plan,
            rows,
          }
        }),
    },
    {
      id: 'opened-in-time',
      rung: 'plan',
      title: 'the root is opened once it is a mount, and before anything is mounted in it',
      points: 1,
      judge: ({ plan: planOf, cases }) =>
        firstFailure(cases, name => {
          const [plan, path] = [planOf(name), pathIn(name)]
          const opens = rowsOf(plan, 'open_root').filter(({ step }) => step.path === path)
          const made = mountRows(plan, path)
          const users = plan.steps.flatMap((step, index) =>
            'target' in step && !makesMount(path, step) ? [index] : [],
          )
          const open = opens.at(-1)?.index
          const rows = [...indexesOf(opens), ...made]
          const expected = 'open_root between the two: the fd that targets are resolved below is that of the new mount'
          if (open === undefined)
            return { expected, found: `in the case '${name}': the rootfs is not opened`, plan, rows }
          if (made.some(row => row > open))
            return {
              expected,
              found: `in the case '${name}': it is opened first, and the mount then covers what was opened`,
              plan,
              rows,
            }
          return users.some(row => row < open)
            ? {
                expected,
                found: `in the case '${name}': something is mounted before it is opened`,
                plan,
                rows: [...rows, users[0]!],
              }
            : null
        }),
    },
    {
      id: 'turns-from-inside',
      rung: 'plan',
      title: 'pivot_root names the new root, and a place for the old one',
      points: 1,
      judge: ({ plan: planOf, cases }) =>
        firstFailure(cases, name => {
          const [plan, path] = [planOf(name), pathIn(name)]
          const pivots = rowsOf(plan, 'pivot_root')
          const [pivot] = pivots
          const moves = rowsOf(plan, 'chdir', 'fchdir', 'chroot')
          const rows = [...indexesOf(pivots), ...indexesOf(moves.filter(({ step }) => step.phase !== 'become'))]
          const fail = (found: string): Failure => ({
            expected: 'pivot_root to the rootfs: "." means the directory that one stands in',
            found: `in the case '${name}': ${found}`,
            plan,
            rows,
          })
          if (pivot === undefined) return fail('no pivot_root at all')
          if (pivots.length > 1) return fail('it is turned to twice')
          const { newRoot, putOld } = pivot.step
          if (newRoot !== '.' && newRoot !== path) return fail(`the new root is "${newRoot}"`)
          if (newRoot === '.' || putOld === '.') {
            const stands = moves.filter(({ index }) => index < pivot.index).at(-1)
            const opened = rowsOf(plan, 'open_root').at(-1)?.index ?? Number.POSITIVE_INFINITY
            const later = moves.some(({ index, step }) => index > pivot.index && step.op === 'fchdir')
            if (stands === undefined)
              return fail(
                later ? 'the new root is stepped into only afterwards' : "the working directory is still the caller's",
              )
            const { step } = stands
            const isRoot = step.op === 'fchdir' ? stands.index > opened && step.fd === 'root' : step.path === path
            if (!isRoot) return fail('the working directory is another one')
          }
          return oldRootAt(plan, path) === null ? fail(`"${putOld}" is no place for the old root`) : null
        }),
    },
    {
      id: 'ends-at-the-root',
      rung: 'plan',
      about: ['pivot_root'],
      title: 'the working directory is the new root when the host is gone',
      points: 1,
      judge: ({ plan: planOf, cases }) =>
        firstFailure(cases, name => {
          const plan = planOf(name)
          const moves = rowsOf(plan, 'chdir').filter(({ index }) => index > (pivotOf(plan)?.index ?? 0))
          const own = moves.filter(({ step }) => step.phase === 'pivot')
          if (own.some(({ step }) => step.path === '/')) return null
          return {
            expected: 'in the phase pivot, a step to "/": pivot_root promises nothing about where its caller stands',
            found: `in the case '${name}': ${own.length === 0 ? 'no step' : 'a step elsewhere'}`,
            plan,
            rows: [...indexesOf(rowsOf(plan, 'pivot_root')), ...indexesOf(moves)],
          }
        }),
    },
    invariantCheck('old-root-let-go', ['pivot_root']),
    {
      id: 'taken-off-at-once',
      rung: 'plan',
      title: 'the old root is unmounted where it is, although it is in use',
      points: 1,
      judge: ({ plan: planOf, cases }) =>
        firstFailure(cases, name => {
          const [plan, path] = [planOf(name), pathIn(name)]
          const place = oldRootAt(plan, path)
          const umounts = rowsOf(plan, 'umount').filter(({ index }) => index > (pivotOf(plan)?.index ?? 0))
          const rows = indexesOf(umounts)
          const there = umounts.filter(({ step }) => step.path === place || (place === '.' && step.path === '/'))
          if (there.length === 0) {
            const expected = `umount of ${place === '.' ? 'what lies on the new root' : `"${place}"`}`
            return {
              expected,
              found: `in the case '${name}': ${umounts.length === 0 ? 'no umount at all' : `umount of ${umounts.map(({ step }) => step.path).join(', ')}`}`,
              plan,
              rows,
            }
          }
          if (there.some(({ step }) => step.flags.includes('MNT_DETACH'))) return null
          return {
            expected: 'a lazy umount: out of the tree now, gone when the last user is',
            found: `in the case '${name}': EBUSY, there are mounts below it, and processes that use it`,
            plan,
            rows,
          }
        }),
    },
    {
      id: 'host-is-gone',
      rung: 'effect',
      title: 'inside there is the rootfs and nothing above it',
      points: 1,
      needs: [],
      judge: room => survived(() => firstFailure(['', '--userns'], flag => hostSeen(room, flag === '' ? [] : [flag]))),
    },
    {
      id: 'nothing-left-behind',
      rung: 'effect',
      title: "the rootfs and the host's mounts are afterwards as they were",
      points: 1,
      needs: [],
      judge: room =>
        survived(() => {
          const rootfs = room.rootfs()
          const [names, mounts] = [fs.readdirSync(rootfs).sort(), room.read('/proc/self/mountinfo')]
          const ran = room.run(['ch2', 'run', '--rootfs', rootfs, '--', 'true'])
          if (ran.code !== 0) return { expected: 'true ends with 0', found: said(ran) }
          const more = fs.readdirSync(rootfs).filter(name => !names.includes(name))
          if (more.length > 0)
            return {
              expected: 'the rootfs holds what it held',
              found: `there is a /${more[0]} now, in every container`,
            }
          return room.read('/proc/self/mountinfo') === mounts
            ? null
            : { expected: 'the mounts of the host are as before', found: 'its /proc/self/mountinfo has changed' }
        }),
    },
  ],
}
