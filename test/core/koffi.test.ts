/** The koffi executor beside the native one: one plan, two performers, the same container. */

import * as fs from 'node:fs'
import * as os from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { koffiExecutor } from '#core/exec/koffi'
import { findStage, nativeExecutor } from '#core/exec/native'
import type { Plan, Step } from '#core/plan/step'
import { syscall } from '#core/sys/libc'
import { type InsideFacts, parseFacts, parseMounts } from '#support/inside'
import { needs } from '#support/needs'
import { type Performed, perform } from '#support/perform'
import { ch1Plan, ch2Plan, user } from '#support/plans'
import { hostMounts } from '#support/world'

const koffi = koffiExecutor()
const native = () => nativeExecutor(findStage()!)
const withRoot = needs('linux', 'root', 'inside')
const withBoth = needs('linux', 'root', 'native', 'inside')
const mounted = hostMounts()

/** What two runs of one plan must agree in: all but pids, inodes of sockets and namespaces, and the clock. */
function comparable({ outcome, output, story }: Performed) {
  assert.is(outcome.kind, 'exited', JSON.stringify(outcome))
  const inside: Partial<InsideFacts> = parseFacts(output)
  const { pid, ppid, session, pgrp, processes, ns, fds, mountinfo, root, status, clock, ...same } =
    inside as InsideFacts
  return {
    ...same,
    isFirst: pid === 1,
    leadsSession: session === pid,
    processes: pid === 1 ? processes : null,
    ns: Object.entries(ns ?? {}).map(([type, inode]) => [type, inode === hostNamespace(type)]),
    fds: fds.map(({ fd, target }) => [fd, target?.replace(/\[\d+\]|\d+:\d+/, '')]),
    mounts: parseMounts(mountinfo ?? []).map(row => [row.at, row.type, row.options, row.propagation, row.superOptions]),
    status,
    isAhead: clock.monotonic > os.uptime() + 1000,
    story: story.filter(line => line !== 'init' && !line.startsWith('turn')),
  }
}
const hostNamespace = (type: string): number => Number(/\d+/.exec(fs.readlinkSync(`/proc/self/ns/${type}`))![0])

async function both(plan: () => Plan) {
  const one = comparable(await perform(koffi, plan()))
  const other = comparable(await perform(native(), plan()))
  return [one, other] as const
}

const inside = ['inside', 'facts']
const samePlans: Readonly<Record<string, () => Plan>> = {
  'ch1 as root': () => ch1Plan(inside),
  'ch1 as a user': () => ch1Plan(inside, { user, cwd: '/tmp' }),
  'ch2 as root': () => ch2Plan(inside),
  'ch2 as a user': () => ch2Plan(inside, {}, { user, cwd: '/tmp' }),
  'ch2 with volumes and a read-only root': () =>
    ch2Plan(inside, {
      readonlyRoot: true,
      mounts: [
        { destination: '/srv/data', source: '/etc', options: ['rbind', 'ro'] },
        { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'size=16m'] },
      ],
    }),
  'ch2 with clocks': () => ch2Plan(inside, { timeOffsets: { monotonic: { secs: 86400 }, boottime: { secs: 86400 } } }),
  'ch2 with a uts namespace alone': () => ch2Plan(inside, { namespaces: ['uts'] }),
}
for (const [name, plan] of Object.entries(samePlans)) {
  withBoth(`the koffi executor shows the program the same as native when it performs ${name}`, async () => {
    const [one, other] = await both(plan)
    assert.equal(one, other)
  })
}

withRoot('the koffi executor makes a machine of its own when it performs ch2', async () => {
  const it = comparable(await perform(koffi, ch2Plan(inside)))
  assert.is(it.hostname, 'box')
  assert.ok(it.isFirst && it.leadsSession)
  assert.equal(it.processes, [1])
  assert.equal(
    it.ns.filter(([, shared]) => shared).map(([type]) => type),
    ['user'],
  )
  assert.equal(
    it.fds.map(([fd]) => fd),
    [0, 1, 2],
  )
  assert.equal(it.env, ['PATH=/sbin:/bin', 'EMPTY=', 'WORDS=two words'])
  assert.equal(
    it.mounts.map(([at]) => at),
    ['/', '/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue', '/sys'],
  )
  assert.is(Number(it.status?.SigIgn), 0)
  assert.is(it.umask, 0o027)
})

withBoth('the koffi executor makes the same /dev as native when it performs ch2', async () => {
  const paths = ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'fd', 'stdin', 'ptmx', 'shm'].map(
    name => `/dev/${name}`,
  )
  const [one, other] = await Promise.all(
    [koffi, native()].map(executor => perform(executor, ch2Plan(['inside', 'stat', ...paths]))),
  )
  const nodes = (output: string) => output.replaceAll(/"(dev|ino)":("[^"]*"|\d+),?/g, '')
  assert.match(one!.output, '"rdev":"1:3"')
  assert.is(nodes(one!.output), nodes(other!.output))
})

withBoth('the koffi executor takes turns and fds as native does when the host has steps', async () => {
  const turns = { by: 'test', why: 'to take a turn' }
  const plan = (): Plan => {
    const { steps } = ch2Plan(inside)
    const root = steps.find(step => step.op === 'bind_root')!
    const withTree = steps.map(
      (step): Step =>
        step === root ? { ...turns, op: 'move_root', phase: 'root', fd: 'tree', path: root.path } : step,
    )
    // a tree that comes before the fork has to reach init; the turns after it are init's
    withTree.unshift(
      { ...turns, op: 'umask', mask: 0o022, phase: 'enter' },
      { ...turns, op: 'idmap_tree', path: root.path, of: 'stage', phase: 'map' },
    )
    const isolated = withTree.findLastIndex(step => step.phase === 'isolate')
    withTree.splice(isolated + 1, 0, {
      ...turns,
      op: 'ip_batch',
      lines: ['link'],
      netns: { of: 'init' },
      phase: 'wire',
    })
    return { steps: withTree }
  }
  const told: string[] = []
  const results = [koffi, native()].map(async executor => {
    const done = await perform(executor, plan(), {}, step => {
      if (step.op === 'idmap_tree') return cloneTree(step.path)
      told.push(step.op)
      return undefined
    })
    return { ...comparable(done), turns: done.story.filter(line => line.startsWith('turn')) }
  })
  const [one, other] = await Promise.all(results)
  assert.equal(one, other)
  assert.equal(one!.turns, ['turn 0', 'turn 1', 'turn 2'])
  assert.equal(told, ['ip_batch', 'ip_batch'])
})
const cloneTree = (path: string): number =>
  syscall('open_tree', 'int', -100, 'const char *', path, 'unsigned int', 0x8001 | 0o2000000)

withBoth('the koffi executor gives the same terminal as native when the spec asks for one', async () => {
  const terminal = { terminal: true, consoleSize: { height: 40, width: 120 } }
  const written: string[] = []
  for (const executor of [koffi, native()]) {
    const chunks: Buffer[] = []
    const { outcome } = await perform(executor, ch2Plan(inside, {}, terminal), {
      onConsole: master =>
        fs
          .createReadStream('', { fd: master })
          .on('data', (chunk: Buffer | string) => chunks.push(Buffer.from(chunk)))
          .on('error', () => undefined),
    })
    assert.is(outcome.kind, 'exited')
    while (!chunks.join('').includes('\n')) await new Promise(resolve => setTimeout(resolve, 10))
    written.push(chunks.join(''))
  }
  const [one, other] = written.map(text =>
    comparable({ outcome: { kind: 'exited', status: 0 }, output: text, story: [] }),
  )
  assert.equal([one!.tty, one!.window, one!.foreground], ['/dev/pts/0', { rows: 40, columns: 120 }, 1])
  assert.equal(one, other)
})

test("the host's mounts are as they were when all of this is over", () => {
  assert.is(hostMounts(), mounted)
})

test.run()
