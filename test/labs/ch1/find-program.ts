/** The grader of ch1/find-program. */

import * as fs from 'node:fs'
import { ch1, parts } from '#chapters/ch1-chroot/index'
import { find } from '#core/plan/query'
import { defaultPath, type Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'
import type { Answer } from '#labs/runner/attempt/sandboxed'
import type { Evidence, Failure, Grader, PlanCheck } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { type Ask, processOf, same, searches } from '../support/searches.js'
import { told } from '../support/view.js'

const facts = cannedFacts.v2
const { shell, user } = ch1.examples as Record<'shell' | 'user', Spec>
const bare: Spec = {
  ...shell,
  process: { args: ['tool'], env: ['PATH=/opt/a:/opt/b'], cwd: '/srv', user: { uid: 0, gid: 0 } },
}
const specs: Readonly<Record<string, Spec>> = { shell, user, bare }

const asked: readonly PlanCheck[] = Object.entries(searches).map(([id, { title, points, asks }]) => ({
  id,
  rung: 'plan',
  about: [],
  title,
  points,
  judge: ({ answer }) => first(asks, (ask, i) => judgeAnswer(ask, answer(`${id} ${i}`))),
}))

export const grader: Grader = {
  lab: 'ch1/find-program',
  around: parts,
  cases: Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { spec, facts }])),
  questions: {
    'no args': { export: 'candidates', args: [[{ ...bare.process, args: [] }]] },
    ...Object.fromEntries(
      Object.entries(searches).flatMap(([id, { asks }]) =>
        asks.map((ask, i) => [`${id} ${i}`, { export: 'candidates', args: [[processOf(ask)]] }]),
      ),
    ),
  },
  about: ['lookup'],
  checks: [
    ...asked,
    {
      id: 'no-name-no-file',
      rung: 'plan',
      about: [],
      title: 'where no program is named, no file is a candidate',
      points: 1,
      judge({ answer }) {
        const said = answer('no args')
        const expected = 'args is empty: no candidate, or none that could be a file'
        const other = answer('absolute-as-it-is 0')
        if ('value' in other && isTexts(other.value) && other.value.length === 0)
          return { expected: `${expected}; and elsewhere there is one`, found: 'no candidate, whatever is named' }
        if ('fault' in said) return { expected, found: `it threw: ${said.fault.message}` }
        const value = 'value' in said ? said.value : undefined
        return isTexts(value) && value.every(path => path === '' || path.endsWith('/'))
          ? null
          : { expected, found: JSON.stringify(value) }
      },
    },
    {
      id: 'looked-for-inside',
      rung: 'plan',
      title: 'one look-up of all candidates, inside the jail and as the user',
      points: 1,
      judge: evidence => first(evidence.cases, name => judgeLookup(evidence, name)),
    },
    {
      id: 'finds-its-own',
      rung: 'effect',
      title: 'the program that runs is the one that the container would find',
      points: 1,
      needs: [],
      async judge(room) {
        const [early, late, here] = [room.nonce(), room.nonce(), room.nonce()]
        const rootfs = jail(room, {
          '/opt/a/both': early,
          '/opt/b/both': late,
          '/opt/b/second': late,
          '/srv/own': here,
        })
        return first(
          [
            { command: 'both', wanted: early, why: 'it is in /opt/a and in /opt/b: the first of PATH wins' },
            { command: 'second', wanted: late, why: 'it is in /opt/b, the second of PATH' },
            { command: './own', wanted: here, why: 'it is in /srv, the working directory' },
            { command: '/srv/own', wanted: here, why: 'the path says where it is' },
          ],
          ({ command, wanted, why }) => {
            const ran = runIn(room, rootfs, command)
            return ran.code === 0 && ran.stdout === wanted
              ? null
              : { expected: `'${command}' is found, and prints ${wanted}: ${why}`, found: told(ran) }
          },
        )
      },
    },
    {
      id: 'exit-codes',
      rung: 'effect',
      title: '127 for what is not there, 126 for what cannot be executed',
      points: 1,
      needs: [],
      async judge(room) {
        const rootfs = jail(room, {})
        fs.writeFileSync(`${rootfs}/opt/a/data`, 'no program')
        return first(
          [
            { command: room.nonce(), code: 127, why: 'no directory of PATH holds it' },
            { command: 'data', code: 126, why: '/opt/a/data is no executable file' },
            { command: '', code: 127, why: 'an empty name is the name of nothing, execvp(3) says ENOENT' },
          ],
          ({ command, code, why }) => {
            const ran = runIn(room, rootfs, command)
            return ran.code === code
              ? null
              : { expected: `running '${command}' ends with ${code}: ${why}`, found: told(ran) }
          },
        )
      },
    },
  ],
}

function first<T>(all: readonly T[], judge: (one: T, index: number) => Failure | null): Failure | null {
  for (const [index, one] of all.entries()) {
    const failure = judge(one, index)
    if (failure !== null) return failure
  }
  return null
}

function judgeAnswer({ program, env, cwd = '/', wanted }: Ask, answer: Answer): Failure | null {
  const where = `'${program}' with ${env === undefined ? 'no environment' : `[${env.join(', ')}]`}, working directory ${cwd}`
  const expected = `${where}: ${wanted.join(', ')}`
  if ('fault' in answer) return { expected, found: `it threw: ${answer.fault.message}` }
  const value = 'value' in answer ? answer.value : undefined
  if (!isTexts(value)) return { expected, found: `${JSON.stringify(value)}, which is no list of paths` }
  if (same(value, wanted)) return null
  return { expected, found: value.length === 0 ? 'no candidate' : value.map(path => path || "''").join(', ') }
}

function judgeLookup({ plan: planOf }: Evidence, name: string): Failure | null {
  const plan = planOf(name)
  const lookups = find(plan, 'lookup')
  const rows = ['chroot', 'setresuid', 'chdir', 'lookup'].flatMap(tag => find(plan, tag).map(({ index }) => index))
  const [lookup] = lookups
  const expected = `in the case '${name}': one look-up of all candidates, after chroot and after the change of user`
  if (lookup === undefined || lookups.length > 1) return { expected, found: `${lookups.length} look-ups`, plan, rows }
  const late = ['chroot', 'setresuid'].find(tag => find(plan, tag).some(({ index }) => index > lookup.index))
  if (late !== undefined) return { expected, found: `it is looked for before ${late}`, plan, rows }
  if ((lookup.step.tolerate ?? []).length > 0)
    return { expected, found: 'it goes on when nothing was found', plan, rows }
  const { args } = specs[name]!.process
  const path = name === 'bare' ? '/opt/a:/opt/b' : defaultPath
  const wanted = path.split(':').map(directory => `${directory}/${args[0]}`)
  const { candidates } = lookup.step as Extract<typeof lookup.step, { op: 'lookup' }>
  if (isTexts(candidates) && same(candidates, wanted)) return null
  return { expected: `${expected}: ${wanted.join(', ')}`, found: `it looks for ${candidates.join(', ')}`, plan, rows }
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(one => typeof one === 'string')

/** A rootfs with programs that print a text each. */
function jail(room: Room, programs: Readonly<Record<string, string>>): string {
  const rootfs = room.rootfs()
  for (const directory of ['/opt/a', '/opt/b', '/srv']) fs.mkdirSync(`${rootfs}${directory}`, { recursive: true })
  for (const [path, text] of Object.entries(programs)) {
    fs.writeFileSync(`${rootfs}${path}`, `#!/bin/sh\nprintf %s ${text}\n`, { mode: 0o755 })
  }
  return rootfs
}

const runIn = (room: Room, rootfs: string, command: string) =>
  room.run(['ch1', 'run', '--rootfs', rootfs, '--workdir', '/srv', '--env', 'PATH=/opt/a:/opt/b:/bin', '--', command])
