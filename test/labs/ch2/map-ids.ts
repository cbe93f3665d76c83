/** The grader of ch2/map-ids. */

import { examples } from '#chapters/ch2-namespaces/examples'
import { parts } from '#chapters/ch2-namespaces/index'
import type { Step } from '#core/plan/step'
import type { IdMapping, Spec } from '#core/spec/runtime'
import { cannedFacts, type Facts } from '#core/sys/facts'
import { type Case, type Evidence, type Failure, type Grader, invariantCheck } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { firstFailure } from '../support/plan-rows.js'
import { filesBelongToThem, kernelShowsTheMap } from './map-ids-effects.js'

type Ids = readonly (readonly [inside: number, outside: number, size: number])[]
type File = 'uid_map' | 'gid_map'

/** A case, and what the manual page says of it. */
interface Situation extends Case {
  readonly uid_map: Ids
  readonly gid_map: Ids
  /** Whether the kernel lets this user write that file; else it takes a set-uid program. */
  readonly writes: { readonly uid_map: boolean; readonly gid_map: boolean }
}

const mappings = (ids: Ids): IdMapping[] => ids.map(([containerID, hostID, size]) => ({ containerID, hostID, size }))
const situation = (facts: Facts, uid_map: Ids, gid_map: Ids, uids: boolean, gids: boolean): Situation => {
  const { linux } = examples.userns
  const maps = { uidMappings: mappings(uid_map), gidMappings: mappings(gid_map) }
  const spec: Spec = { ...examples.userns, linux: { ...linux!, ...maps } }
  return { spec, facts, uid_map, gid_map, writes: { uid_map: uids, gid_map: gids } }
}

const machine = cannedFacts.v2
const someone: Facts = { ...machine, uid: 1000, gid: 100, idmap: false }
const noTools: Facts = { ...someone, tools: { ...machine.tools, newuidmap: null, newgidmap: null } }
const ids = [{ start: 0, count: 1 }]
const nested = (setgroups: boolean): Facts => ({
  ...machine,
  idmap: false,
  userNamespace: { initial: false, uids: ids, gids: ids, setgroups },
})
const own: Ids = [[0, 1000, 1]]
const ownGroup: Ids = [[0, 100, 1]]
const users: Ids = [...own, [1, 100_000, 65_536]]
const groups: Ids = [...ownGroup, [1, 200_000, 65_536]]

const situations: Readonly<Record<string, Situation>> = {
  root: situation(
    machine,
    [
      [0, 200_000, 1000],
      [1000, 300_000, 1],
    ],
    [[0, 400_000, 2000]],
    true,
    true,
  ),
  'root of one id': situation(nested(true), [[0, 0, 1]], [[0, 0, 1]], true, true),
  'root where setgroups is denied': situation(nested(false), [[0, 0, 1]], [[0, 0, 1]], true, true),
  'a user with ranges': situation(someone, users, groups, false, false),
  'a user without ranges': situation(someone, own, ownGroup, true, true),
  'a user without tools': situation(noTools, own, ownGroup, true, true),
  'a user with uids only': situation(someone, users, ownGroup, false, true),
  'a user with gids only': situation(someone, own, groups, true, false),
}
const names = Object.keys(situations)
const mapFiles: readonly File[] = ['uid_map', 'gid_map']
/** An ordinary user may write gid_map only where setgroups(2) has been given up. */
const denies = ({ facts, writes }: Situation): boolean => facts.uid !== 0 && writes.gid_map
const drops = (one: Situation): boolean => !denies(one) && one.facts.userNamespace.setgroups

type MapStep = Step<'write_proc' | 'newidmap'>
const isMap = (step: Step, file: File): step is MapStep =>
  (step.op === 'write_proc' && step.file === file) ||
  (step.op === 'newidmap' && step.tool.endsWith(file === 'uid_map' ? 'newuidmap' : 'newgidmap'))
const rangesOf = (step: MapStep): string[] =>
  step.op === 'newidmap'
    ? step.ranges.map(range => range.join(' '))
    : step.data
        .trim()
        .split('\n')
        .map(line => line.trim().replace(/\s+/g, ' '))
const list = (ranges: readonly string[]): string => [...ranges].sort().join(', ')

/** Judges case by case; a failure shows the attempt's own steps. */
const eachOf =
  (judge: (one: Situation, steps: readonly Step[]) => readonly [expected: string, found: string] | null) =>
  (evidence: Evidence): Failure | null =>
    firstFailure(names, name => {
      const said = judge(situations[name]!, evidence.steps(name))
      return said && { expected: said[0], found: `in the case '${name}': ${said[1]}`, plan: evidence.plan(name) }
    })

function judgeRanges(one: Situation, steps: readonly Step[]): readonly [string, string] | null {
  for (const file of mapFiles) {
    const maps = steps.filter(step => isMap(step, file))
    const wanted = one[file].map(range => range.join(' '))
    const expected = `${file} is given ${list(wanted)}, for the stage, in one go`
    const [map] = maps
    if (map === undefined) return [expected, `${file} is not written`]
    if (maps.length > 1)
      return [expected, `${file} is written ${maps.length} times: once is all that the kernel allows`]
    if (map.of !== 'stage') return [expected, `of ${map.of}, which there is not yet`]
    const ranges = rangesOf(map)
    if (list(ranges) === list(wanted)) continue
    const other = one[file === 'uid_map' ? 'gid_map' : 'uid_map'].map(range => range.join(' '))
    const swapped = list(ranges) === list(other) ? ', which are those of the other file' : ''
    return [expected, `${file} is given ${list(ranges)}${swapped}`]
  }
  return null
}

function judgeWriter(one: Situation, steps: readonly Step[]): readonly [string, string] | null {
  for (const file of mapFiles) {
    const tool = one.facts.tools[file === 'uid_map' ? 'newuidmap' : 'newgidmap']
    for (const step of steps.filter(step => isMap(step, file))) {
      if (step.op === 'newidmap' && one.writes[file])
        return [
          `${file} is written: this user has the right over each id in it`,
          `${step.tool} is asked, which looks into /etc/sub*id and needs to be installed`,
        ]
      if (step.op === 'write_proc' && !one.writes[file])
        return [`${file} by ${tool}: the kernel lets an ordinary user write no id but the own`, 'written: EPERM']
      if (step.op === 'newidmap' && step.tool !== tool) return [`${tool}`, `${step.tool}`]
    }
  }
  return null
}

function judgeDeny(one: Situation, steps: readonly Step[]): readonly [string, string] | null {
  const at = steps.findIndex(step => step.op === 'write_proc' && step.file === 'setgroups')
  const deny = steps[at] as Step<'write_proc'> | undefined
  if (!denies(one) && deny === undefined) return null
  // where it is denied already, to deny it once more changes nothing
  if (!denies(one) && one.facts.userNamespace.setgroups)
    return ['setgroups(2) stays allowed', 'it is denied: for good, and no program inside can drop a group any more']
  const expected = 'before gid_map, setgroups is denied: without the right over groups the kernel asks for it'
  if (deny === undefined) return [expected, 'it is not: EPERM']
  if (deny.data.trim() !== 'deny' || deny.of !== 'stage') return [expected, `'${deny.data}' for ${deny.of}`]
  return steps.findIndex(step => isMap(step, 'gid_map')) < at
    ? [expected, 'only after gid_map, which was refused']
    : null
}

function judgeGroups(one: Situation, steps: readonly Step[]): readonly [string, string] | null {
  const sets = steps.flatMap(step => (step.op === 'setgroups' ? [step] : []))
  if (!drops(one))
    return sets.length === 0 ? null : ['setgroups(2) is not called where it is denied', 'it is called: EPERM']
  return sets.length > 0 && sets.every(({ gids }) => gids.length === 0)
    ? null
    : [
        "setgroups([]): the groups of the caller's session have no meaning inside",
        sets.length === 0 ? 'they are kept' : 'others',
      ]
}

function judgeRoot(_: Situation, steps: readonly Step[]): readonly [string, string] | null {
  const at = (op: 'setresgid' | 'setresuid'): readonly number[] =>
    steps.flatMap(step =>
      step.op !== op ? [] : [step.op === 'setresuid' ? step.uid : (step as Step<'setresgid'>).gid],
    )
  const [gids, uids] = [at('setresgid'), at('setresuid')]
  const expected =
    'setresgid(0) and setresuid(0): mapped is not yet taken on, and what is mounted belongs to who mounts'
  if (gids.length > 0 && uids.length > 0 && [...gids, ...uids].every(id => id === 0)) return null
  return [expected, `gid ${gids.join() || 'unchanged'}, uid ${uids.join() || 'unchanged'}`]
}

export const grader: Grader = {
  lab: 'ch2/map-ids',
  around: parts,
  cases: { ...situations, 'no users of its own': { spec: examples.container, facts: machine } },
  about: ['write_proc', 'newidmap'],
  checks: [
    {
      id: 'what-the-spec-maps',
      rung: 'plan',
      title: 'uid_map gets the uids of the spec, gid_map the gids, each once and whole',
      points: 1,
      judge(evidence) {
        const none = evidence.steps('no users of its own')
        if (none.length > 0)
          return {
            expected: 'no steps without a user namespace',
            found: `${none.length} steps`,
            plan: evidence.plan('no users of its own'),
          }
        return eachOf(judgeRanges)(evidence)
      },
    },
    {
      id: 'by-who-may',
      rung: 'plan',
      title: 'each file is written by whom the kernel lets, file by file',
      points: 1,
      judge: eachOf(judgeWriter),
    },
    {
      id: 'denied-in-time',
      rung: 'plan',
      title: 'setgroups is denied where an ordinary user writes gid_map, before that, and nowhere else',
      points: 1,
      judge: eachOf(judgeDeny),
    },
    invariantCheck('map-before-become-root', ['setgroups', 'setresgid', 'setresuid']),
    {
      id: 'becomes-root',
      rung: 'plan',
      about: ['setresgid', 'setresuid'],
      title: 'the process takes on the ids of root once they exist',
      points: 1,
      judge: eachOf(judgeRoot),
    },
    {
      id: 'lets-the-groups-go',
      rung: 'plan',
      about: ['setgroups'],
      title: "the caller's groups are dropped wherever that is allowed",
      points: 1,
      judge: eachOf(judgeGroups),
    },
    invariantCheck('groups-before-uid', ['setresuid']),
    {
      id: 'kernel-shows-the-map',
      rung: 'effect',
      title: '/proc/PID/uid_map and gid_map are as asked for, seen from outside and from inside',
      points: 1,
      needs: ['user namespaces'],
      judge: room => survived(() => kernelShowsTheMap(room)),
    },
    {
      id: 'files-belong-to-them',
      rung: 'effect',
      title: 'what root makes inside belongs to the mapped id outside',
      points: 1,
      needs: ['user namespaces'],
      judge: room => survived(() => filesBelongToThem(room)),
    },
  ],
}
