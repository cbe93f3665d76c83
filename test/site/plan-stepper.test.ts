/** The stepper: its data says true things of the sources, its words are there in both languages, its page needs no script. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ch3 } from '#chapters/ch3-cgroups/index'
import { passesOf } from '#core/chapter'
import { assemble } from '#core/plan/assemble'
import { words } from '#core/plan/ops'
import { cannedFacts } from '#core/sys/facts'
import { openTheme, textOf } from '#support/record/rendered'
import { readSource, repository } from '#support/repository'
import { flagWords } from '../../site/.vitepress/theme/toys/flag-words.js'
import {
  changedNamespaces,
  durationOf,
  heightOf,
  isNewAgainst,
  joinedCgroup,
  limitsMarked,
  manLink,
  mountsMarked,
  statesOf,
  stretchesOf,
  tokensOf,
} from '../../site/.vitepress/theme/toys/plan.js'
import { namespaceKinds, type PlanData } from '../../site/.vitepress/theme/toys/plan-data.js'
import { phaseOf, whyOf } from '../../site/.vitepress/theme/toys/whys.js'

const names = [
  'ch1-shell',
  'ch2-container',
  'ch2-userns',
  'ch2-bridge',
  'ch3-limits-v1',
  'ch3-limits',
  'ch4-image',
] as const
const fileOf = (name: string): string => `${repository}site/data/plans/${name}.json`
const read = (name: string): PlanData => JSON.parse(fs.readFileSync(fileOf(name), 'utf8')) as PlanData
const plans = names.map(read)
const [chroot, container, userns, bridge, limitsV1, limitsV2] = plans as [
  PlanData,
  PlanData,
  PlanData,
  PlanData,
  PlanData,
  PlanData,
]

test('a recorded plan is smaller than 60 kB when a page loads it', () => {
  for (const name of names) assert.ok(fs.statSync(fileOf(name)).size < 60_000, name)
})

test('the line of each step holds its op when the source is opened there', () => {
  for (const { name, steps, sources } of plans) {
    for (const { op, file, line } of steps) {
      const text = readSource(file).split('\n')[line - 1] ?? ''
      assert.ok(text.includes(`op: '${op}'`), `${name}: ${file}:${line} is '${text}', not ${op}`)
      assert.ok(sources[`${file}:${line}`]?.includes(`op: '${op}'`), `${name}: the code of ${file}:${line}`)
    }
  }
})

test('a step is by a part of the chapter whose file it is in when its place is compared with its name', () => {
  for (const { steps } of plans) {
    for (const { by, file, line } of steps)
      assert.ok(file.startsWith(`chapters/${by.split('.')[0]}-`), `${by} ${file}:${line}`)
  }
})

test('every reason, phase and flag has words in both languages when a plan shows it', () => {
  for (const { steps, phases, flags } of plans) {
    const reasons = steps.map(({ why }) => why)
    assert.equal(
      reasons.filter(why => whyOf(why, 'zh') === why),
      [],
    )
    assert.equal(
      phases.filter(phase => phaseOf(phase, 'zh') === phase.about),
      [],
    )
    assert.equal(
      Object.keys(flags).filter(flag => !flagWords[flag]?.en || !flagWords[flag].zh),
      [],
    )
  }
})

test('the container ends in namespaces of its own when all steps are done', () => {
  const end = statesOf(container).at(-1)!
  assert.equal(
    namespaceKinds.filter(kind => end.ns[kind] !== 'own'),
    ['user'],
  )
  assert.is(end.pid, 1)
  assert.is(end.hostname, 'box')
  assert.is(end.root, 'rootfs')
  assert.is(end.hostMounts, null)
  assert.equal(
    end.mounts.map(({ at }) => at),
    ['/', '/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue', '/sys'],
  )
})

test('a chroot changes the root and no namespace when all steps are done', () => {
  const states = statesOf(chroot)
  assert.equal(states.at(-1)!.ns, states[0]!.ns)
  assert.is(states.at(-1)!.root, 'rootfs')
  assert.is(states[1]!.cwd, 'host', 'the working directory is still outside after the first step')
})

test('nobody is mapped between the unshare and the map when a user namespace is made', () => {
  const states = statesOf(userns)
  const map = userns.steps.findIndex(({ call }) => call.includes('uid_map'))
  assert.is(states[map]!.uid, 65534)
  assert.equal(states[map + 1]!.uidMap, ['0 100000 65536'])
  const end = states.at(-1)!
  assert.equal([end.uid, end.hostUid], [0, 100000])
})

test('the cable shows on both sides when the host has laid it', () => {
  const end = statesOf(bridge).at(-1)!
  assert.equal(
    end.links.map(({ name, up }) => [name, up]),
    [
      ['lo', true],
      ['eth0', true],
    ],
  )
  assert.ok(end.hostLinks.some(({ master }) => master === 'mini-docker0'))
  assert.is(end.route, 'default via 172.30.0.1 dev eth0')
})

test('every limit is set and the process joins each hierarchy when it is limited on v1', () => {
  const states = statesOf(limitsV1)
  assert.is(states[0]!.cgroup, null)
  assert.equal(states.at(-1)!.cgroup, {
    path: '/mini-docker/box',
    member: ['cpu', 'memory', 'pids'],
    limits: [
      ['cpu.cfs_quota_us', '50000'],
      ['memory.limit_in_bytes', '67108864'],
      ['memory.memsw.limit_in_bytes', '67108864'],
      ['pids.max', '20'],
    ],
  })
  const joins = states.flatMap((after, i) => (i > 0 && joinedCgroup(states[i - 1]!, after) ? [i - 1] : []))
  assert.equal(
    joins,
    limitsV1.steps.flatMap(({ op }, i) => (op === 'join_cgroup' ? [i] : [])),
  )
  const quota = limitsV1.steps.findIndex(({ call }) => call.includes('cpu.cfs_quota_us'))
  assert.equal(
    limitsMarked(states[quota]!, states[quota + 1]!).filter(({ fresh }) => fresh),
    [{ value: ['cpu.cfs_quota_us', '50000'], fresh: true }],
  )
})

test('the process is born in its cgroup with every limit set when there is v2', () => {
  const states = statesOf(limitsV2)
  const fork = limitsV2.steps.findIndex(({ op }) => op === 'fork')
  assert.equal(states[fork]!.cgroup?.member, [])
  assert.equal(states[fork + 1]!.cgroup, {
    path: '/mini-docker/box',
    member: ['v2'],
    limits: [
      ['cpu.max', '50000 100000'],
      ['memory.max', '67108864'],
      ['memory.swap.max', '0'],
      ['pids.max', '20'],
    ],
  })
})

test('the plan on v2 is the one on the site when the chapter makes it for such a machine', () => {
  const { steps } = assemble(passesOf(ch3.parts), ch3.examples.limits!, cannedFacts.v2)
  assert.equal(
    limitsV2.steps.map(({ call, why, by }) => ({ call, why, by })),
    steps.map(step => ({ call: words(step), why: step.why, by: step.by })),
  )
})

test('what a step changed is told from what was there when states are compared', () => {
  const states = statesOf(container)
  const unshare = container.steps.findIndex(({ flags }) => flags.includes('CLONE_NEWNS'))
  const fresh = changedNamespaces(states[unshare]!, states[unshare + 1]!)
  assert.equal([...fresh].sort(), ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'])
  const proc = container.steps.findIndex(({ call }) => call.startsWith('mount("proc"'))
  const marked = mountsMarked(states[proc]!, states[proc + 1]!)
  assert.equal(
    marked.filter(({ fresh }) => fresh).map(({ value }) => value.type),
    ['proc'],
  )
  const pivot = container.steps.findIndex(({ op }) => op === 'pivot_root')
  assert.not(mountsMarked(states[pivot]!, states[pivot + 1]!).some(({ fresh }) => fresh))
})

test('steps stand under their phases in order when a plan is cut', () => {
  const stretches = stretchesOf(bridge)
  assert.equal(
    stretches.flatMap(({ steps }) => steps.map(({ index }) => index)),
    [...bridge.steps.keys()],
  )
  assert.equal(
    stretches.map(({ phase }) => phase),
    bridge.phases.map(({ name }) => name),
  )
})

test('only what the other plan does not do is new when two are compared', () => {
  const isNew = (op: string): boolean => isNewAgainst(container.steps.find(step => step.op === op)!, chroot)
  assert.equal([isNew('pivot_root'), isNew('execve'), isNew('unshare')], [true, false, true])
  assert.not(isNewAgainst(container.steps[0]!, null))
})

test('a call is put together again from its tokens when it is cut into them', () => {
  for (const { steps } of plans) {
    for (const { call, flags } of steps) {
      const tokens = tokensOf(call, flags)
      assert.is(tokens.map(({ text }) => text).join(''), call)
      assert.equal([...new Set(tokens.filter(({ kind }) => kind === 'flag').map(({ text }) => text))], flags)
    }
  }
})

test('numbers read well when they are shown', () => {
  assert.equal([0.39, 12, 840, 1234].map(durationOf), ['0.4 µs', '12 µs', '840 µs', '1.2 ms'])
  assert.is(manLink('PR_SET_PDEATHSIG(2const)'), 'https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html')
  const heights = container.steps.map(({ micros }) => heightOf(micros, container.steps))
  assert.ok(Math.min(...heights) >= 0.12 && Math.max(...heights) <= 1)
})

for (const [lang, said] of [
  ['en-US', 'steps, '],
  ['zh-CN', '步'],
] as const) {
  test(`all steps with their reasons stand on the page when there is no script (${lang})`, async () => {
    const theme = await openTheme(lang)
    try {
      const text = textOf(await theme.render('PlanStepper', { plan: 'ch2-container', mark: 'ch1' }))
      for (const { call, why } of container.steps) {
        assert.ok(text.includes(call.replace(/\s+/g, ' ')), call)
        assert.ok(text.includes(whyOf(why, lang === 'zh-CN' ? 'zh' : 'en').replace(/\s+/g, ' ')), why)
      }
      assert.ok(text.includes(said))
      const html = await theme.render('PlanStepper', { plan: 'ch1-shell' })
      assert.match(html, /<input[^>]*type="range"[^>]*max="5"[^>]*disabled/)
      assert.not(html.includes('undefined'))
    } finally {
      await theme.close()
    }
  })
}

test.run()
