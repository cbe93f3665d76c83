/** What is asked of a runtime: ours holds, one that is wrong in a single thing is caught at it, and nothing is left of either. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { allChecks } from '#chapters/ch7-oci/validate/runtime/all-checks'
import { allMusts } from '#chapters/ch7-oci/validate/runtime/musts'
import { miniRunc } from '#support/bundle'
import { run, start } from '#support/cli'
import { needs } from '#support/needs'
import { lookAround, residueSince } from '#support/residue'
import { oneLine } from '#support/store'
import { resultsOf, validateRuntime } from '#support/validate-runtime'
import { newWorld, readOr, until } from '#support/world'

const world = newWorld()
const here = needs('root', 'native', 'cgroups')

/** Takes what it makes with it, whatever the runtime is. */
async function leavesNothing(action: () => Promise<void>): Promise<void> {
  const before = lookAround(world)
  await action()
  const left = (await residueSince(before, world, 5)).filter(line => isOurs(line) && !hasLetGo(line))
  assert.equal(left, [])
}

/** Of all that is on this machine cgroups alone may be others', who test at the same time. */
const isOurs = (line: string): boolean => !line.startsWith('+ cgroups: ') || line.includes('/mini-docker-validate-')

/** The init of a pid namespace that is killed waits until all who joined it are reaped: here, until this process ends. */
const hasLetGo = (line: string): boolean => {
  const [, pid] = /^\+ processes: (\d+) /.exec(line) ?? []
  return pid !== undefined && /^FDSize:\t0$/m.test(readOr('FDSize:\t0', `/proc/${pid}/status`))
}

/** A shell script in front of mini-runc: $3 is the command, $4 the first of its arguments. */
const wrapped = (script: string): string => program(`#!/bin/sh\n${script}\nexec ${process.execPath} ${miniRunc} "$@"\n`)

/** In front of it, too, but for a change of the config that it is given. */
const miswritten = (change: string): string =>
  program(`#!${process.execPath}
const fs = require('node:fs')
const at = process.argv.indexOf('--bundle')
if (at > 0 && process.argv.includes('create')) {
  const file = process.argv[at + 1] + '/config.json'
  const config = JSON.parse(fs.readFileSync(file, 'utf8'))
  ${change}
  fs.writeFileSync(file, JSON.stringify(config))
}
const { status } = require('node:child_process').spawnSync(process.execPath, [${JSON.stringify(miniRunc)}, ...process.argv.slice(2)], { stdio: 'inherit' })
process.exit(status)
`)

function program(text: string): string {
  const file = world.path()
  fs.writeFileSync(file, text, { mode: 0o755 })
  return file
}

here('mini-runc holds in every check', async () => {
  await leavesNothing(async () => {
    const { code, checks, musts } = await validateRuntime(world, ['--timeout', '100'])
    assert.equal(resultsOf(checks, 'broken'), [])
    assert.is(code, 0)
    assert.equal(
      checks.map(({ id }) => id),
      allChecks.map(({ id }) => id),
    )
    // what this machine may not have
    const skippable = ['unified-written', 'process-capabilities-lacking', 'time-namespace', 'intel-rdt-none']
    assert.equal(
      resultsOf(checks, 'skipped').filter(line => !skippable.includes(line.split(': ')[0]!)),
      [],
    )
    assert.equal([musts.total, musts.unchecked.length], [allMusts.length, musts.total - musts.checked])
  })
})

const mutants: readonly (readonly [check: string, what: string, make: () => string])[] = [
  [
    'start-running',
    'says yes to every start',
    () => wrapped(`[ "$3" != start ] || { ${process.execPath} ${miniRunc} "$@"; exit 0; }`),
  ],
  [
    'create-waits',
    'does not wait for start',
    () =>
      wrapped(
        `if [ "$3" = create ]; then ${process.execPath} ${miniRunc} "$@"; for id; do :; done; set -- --root "$2" start $id; fi`,
      ),
  ],
  ['kill-signal', 'knows one signal', () => wrapped('[ "$3" != kill ] || set -- --root "$2" kill "$4" KILL')],
  [
    'delete-running',
    'deletes what runs',
    () => wrapped('[ "$3" != delete ] || set -- --root "$2" delete --force "$4"'),
  ],
  ['state-unknown', 'knows every container', () => wrapped(`if [ "$3" = state ]; then echo '{}'; exit 0; fi`)],
  ['process-rlimits', 'forgets a limit', () => miswritten('config.process.rlimits?.pop()')],
  [
    'process-capabilities',
    'gives a right too many',
    () => miswritten('config.process.capabilities.bounding.push("CAP_MKNOD")'),
  ],
  [
    'hooks-order',
    'calls hooks backwards',
    () => miswritten('for (const list of Object.values(config.hooks ?? {})) list.reverse()'),
  ],
  [
    'masked-paths',
    'masks all but the last',
    () => miswritten('config.linux.maskedPaths = config.linux.maskedPaths?.slice(1)'),
  ],
  [
    'namespaces-joined',
    'makes what it should join',
    () => miswritten('for (const space of config.linux.namespaces) delete space.path'),
  ],
  [
    'mounts-order',
    'sorts mounts',
    () => miswritten('config.mounts.sort((one, other) => (one.destination < other.destination ? -1 : 1)).splice(5, 1)'),
  ],
  ['cgroups-path', 'has a place of its own', () => miswritten('config.linux.cgroupsPath += "-elsewhere/below"')],
]

for (const [check, what, make] of mutants) {
  here(`${check} catches a runtime that ${what}`, async () => {
    const { code, checks } = await validateRuntime(world, ['--runtime', make(), '--only', check])
    assert.equal([code, checks.length, checks[0]?.result], [1, 1, 'broken'], checks[0]?.found)
  })
}

here('a runtime that does nothing, and says that all is well, holds in no check', async () => {
  await leavesNothing(async () => {
    const { code, checks } = await validateRuntime(world, ['--runtime', '/bin/true', '--timeout', '5'])
    assert.is(code, 1)
    assert.equal(resultsOf(checks, 'ok'), [])
  })
})

here('a runtime that hangs is ended, and what it left is taken away', async () => {
  await leavesNothing(async () => {
    const hanging = wrapped('[ "$3" != delete ] || sleep 1000')
    const { checks } = await validateRuntime(world, [
      '--runtime',
      hanging,
      '--timeout',
      '3',
      '--only',
      'delete-running',
      '--only',
      'cgroups-path',
    ])
    assert.equal(
      checks.map(({ result, found }) => `${result} ${found ?? ''}`),
      ['broken delete does not end in time', 'ok '],
    )
  })
})

here('what was made is taken away when somebody presses ^C', async () => {
  await leavesNothing(async () => {
    const reached = world.path()
    const hanging = wrapped(`[ "$3" != start ] || { touch ${reached}; sleep 1000; }`)
    const temporary = world.path()
    fs.mkdirSync(temporary)
    const running = start(world, ['ch7', 'validate', 'runtime', '--runtime', hanging, '--timeout', '100'], {
      env: { TMPDIR: temporary },
    })
    await until('it hangs', () => fs.existsSync(reached))
    running.child.kill('SIGINT')
    const { code, stderr } = await running.done
    assert.equal([code, /was interrupted/.test(stderr)], [125, true], stderr)
    assert.equal(fs.readdirSync(temporary), [])
  })
})

here('validate runtime speaks TAP, and says what it does not ask for', async () => {
  const { code, stdout } = await run(world, [
    'ch7',
    'validate',
    'runtime',
    '--only',
    'start-runs',
    '--only',
    'kill-no-id',
  ])
  const lines = stdout.split('\n')
  assert.is(code, 0)
  assert.equal(lines.slice(0, 5), [
    'TAP version 14',
    '1..2',
    'ok 1 - kill-no-id: kill without an ID is an error',
    'ok 2 - start-runs: start runs the program of process',
    '# 2 hold, 0 broken, 0 skipped',
  ])
  assert.match(lines[5]!, /^# \d+ of 270 MUSTs of the runtime-spec 1\.3\.0 have a check, \d+ none:$/)
  const { stdout: list } = await run(world, ['ch7', 'validate', 'runtime', '--list'])
  for (const { id } of allChecks) assert.match(list, new RegExp(`^${id} `, 'm'))
  const reasons = allMusts.flatMap(({ what, reason }) => (reason === undefined ? [] : [`${what}: ${reason}`]))
  assert.equal(
    reasons.filter(line => !list.includes(line)),
    [],
  )
})

test('every MUST of the text has a row, and every check is there for one', () => {
  // how often the word stands on each page of v1.3.0
  const words = { 'runtime.md': 51, 'config.md': 128, 'config-linux.md': 72, 'runtime-linux.md': 1 }
  const ofFeatures = { 'features.md': 8, 'features-linux.md': 10 }
  const counts: Record<string, number> = {}
  for (const { section } of allMusts) counts[section.split('#')[0]!] = (counts[section.split('#')[0]!] ?? 0) + 1
  assert.equal(counts, { ...words, ...ofFeatures })
  const ids = allChecks.map(({ id }) => id)
  assert.is(new Set(ids).size, ids.length)
  const named = new Set(allMusts.flatMap(({ by }) => by))
  assert.equal(
    [...named].filter(id => !ids.includes(id)),
    [],
  )
  assert.equal(
    ids.filter(id => !named.has(id)),
    [],
  )
  for (const { by, reason, what } of allMusts) assert.is(by.length > 0, reason === undefined, what)
})

test('validate runtime says in one line what it cannot do, and exits with 125', async () => {
  for (const [args, why] of [
    [['runtime', '--only', 'nonsuch'], /check 'nonsuch': there is none/],
    [['runtime', '--runtime', '/nonsuch'], /runtime '\/nonsuch': ENOENT/],
    [['runtime', 'bundle'], /takes no PATH/],
    [['runtime', '--strict'], /no --strict/],
    [['runtime', '--timeout', 'long'], /--timeout 'long': is no number/],
    [['config', '--list', 'x.json'], /'--list': is one of ch7 validate runtime/],
  ] as const) {
    const result = await run(world, ['ch7', 'validate', ...args])
    oneLine(result, why)
    assert.is(result.code, 125, args.join(' '))
  }
})

test.run()
