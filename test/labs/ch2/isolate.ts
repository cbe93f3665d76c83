/** The grader of ch2/isolate. */

import * as fs from 'node:fs'
import { defaultNamespaces, defaultSpec } from '#chapters/ch2-namespaces/default-spec'
import { ch2, parts } from '#chapters/ch2-namespaces/index'
import { tagsOf } from '#core/plan/ops'
import { find } from '#core/plan/query'
import { isolates, type NamespaceType, type Spec } from '#core/spec/runtime'
import type { CloneFlag } from '#core/sys/constants'
import { cannedFacts } from '#core/sys/facts'
import { type Evidence, type Failure, type Grader, invariantCheck } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { type InsideFacts, parseFacts } from '#support/inside'
import { told } from '../support/view.js'

const facts = cannedFacts.v2
const { container, userns, 'uts-only': utsOnly } = ch2.examples as Record<'container' | 'userns' | 'uts-only', Spec>
const { process } = container
const { linux: _, hostname: __, ...bare } = utsOnly

/** CLONE_NEWTIME belongs to the part clocks. */
const flags: Readonly<Record<Exclude<NamespaceType, 'time'>, CloneFlag>> = {
  user: 'CLONE_NEWUSER',
  mount: 'CLONE_NEWNS',
  pid: 'CLONE_NEWPID',
  uts: 'CLONE_NEWUTS',
  ipc: 'CLONE_NEWIPC',
  network: 'CLONE_NEWNET',
  cgroup: 'CLONE_NEWCGROUP',
}
const types = Object.keys(flags) as (keyof typeof flags)[]

const only = (...namespaces: NamespaceType[]): Spec =>
  defaultSpec({ rootfs: '/srv/rootfs', process, namespaces }, facts)
const specs: Readonly<Record<string, Spec>> = {
  container,
  userns,
  'no namespaces': bare,
  ...Object.fromEntries(types.map(type => [`${type} alone`, only(type)])),
  ...Object.fromEntries(
    types.map(type => [
      `all but ${type}`,
      only(...[...defaultNamespaces, 'user' as const].filter(one => one !== type)),
    ]),
  ),
}

/** The files in /proc/<pid>/ns. */
const links = { mount: 'mnt', pid: 'pid', uts: 'uts', ipc: 'ipc', network: 'net', cgroup: 'cgroup', user: 'user' }

const overAll =
  (judge: (evidence: Evidence, name: string) => Failure | null) =>
  (evidence: Evidence): Failure | null => {
    for (const name of evidence.cases) {
      const failure = judge(evidence, name)
      if (failure !== null) return failure
    }
    return null
  }

export const grader: Grader = {
  lab: 'ch2/isolate',
  around: parts,
  cases: Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { spec, facts }])),
  about: ['unshare'],
  checks: [
    {
      id: 'each-that-is-asked-for',
      rung: 'plan',
      title: 'each namespace that the spec asks for is unshared, and not merely tried',
      points: 2,
      judge: overAll(({ steps, plan: planOf }, name) => {
        const own = steps(name)
        const wanted = types.filter(type => isolates(specs[name]!, type))
        const expected = `in the case '${name}' unshare is called with ${wanted.map(type => flags[type]).join(', ')}`
        const plan = planOf(name)
        const rows = find(plan, 'unshare').map(({ index }) => index)
        const missing = wanted.filter(type => !own.some(step => tagsOf(step).includes(`unshare.${type}`)))
        if (missing.length > 0)
          return { expected, found: `no ${missing.map(type => flags[type]).join(', no ')}`, plan, rows }
        const forgiving = own.find(({ tolerate = [] }) => tolerate.length > 0)
        if (forgiving === undefined) return null
        const found = `${forgiving.op} goes on after ${forgiving.tolerate!.join(', ')}: the program would start without them`
        return { expected: `${expected}, or nothing starts`, found, plan, rows }
      }),
    },
    {
      id: 'none-that-is-not',
      rung: 'plan',
      title: 'no namespace is unshared that the spec does not ask for',
      points: 1,
      judge: overAll(({ steps, plan: planOf }, name) => {
        const spec = specs[name]!
        const own = steps(name)
        const tags = own.flatMap(tagsOf)
        const more = types.filter(type => tags.includes(`unshare.${type}`) && !isolates(spec, type))
        const empty = own.some(step => step.op === 'unshare' && step.flags.length === 0)
        const time = tags.includes('unshare.time')
        if (more.length === 0 && !time && !empty) return null
        const plan = planOf(name)
        return {
          expected: `in the case '${name}' the process keeps what the spec does not name: the host's`,
          found: time
            ? 'CLONE_NEWTIME, which the part clocks makes already'
            : empty
              ? 'an unshare without a flag: a call that changes nothing'
              : `${more.map(type => flags[type]).join(', ')}, which nobody asked for`,
          plan,
          rows: find(plan, 'unshare').map(({ index }) => index),
        }
      }),
    },
    {
      id: 'mapped-before-the-others',
      rung: 'plan',
      title: 'the user namespace is unshared alone, and its ids are mapped before the others are made',
      points: 1,
      judge: overAll(({ plan: planOf }, name) => {
        if (!isolates(specs[name]!, 'user')) return null
        const plan = planOf(name)
        const own = find(plan, 'unshare').filter(({ step }) => step.by === 'lab.isolate')
        const user = own.filter(({ step }) => tagsOf(step).includes('unshare.user'))
        const others = own.filter(one => !user.includes(one))
        const maps = find(plan, 'write_proc').map(({ index }) => index)
        const rows = [...own.map(({ index }) => index), ...maps]
        const expected = 'CLONE_NEWUSER alone, before the host maps its ids (phase map); all others after that'
        const failed = (found: string): Failure => ({ expected, found, plan, rows })
        if (user.length === 0) return failed('no CLONE_NEWUSER')
        if (user.some(({ step }) => tagsOf(step).length > 2))
          return failed('CLONE_NEWUSER together with others: they are made while nobody in it has an id')
        if (others.some(other => user.some(({ index }) => index > other.index)))
          return failed('others come first: they belong to root of the host, and root in here has no right to them')
        if (user.some(({ index }) => maps.some(map => index > map)))
          return failed('it comes after the host wrote its maps: there was no user namespace to write them for')
        if (others.some(({ index }) => maps.some(map => index < map)))
          return failed('others are made before the maps are written: while nobody in it has an id')
        return null
      }),
    },
    invariantCheck('user-ns-first'),
    {
      id: 'before-init',
      rung: 'plan',
      title: 'all of them are there when init is forked',
      points: 1,
      judge: overAll(({ steps, plan: planOf }, name) => {
        const plan = planOf(name)
        const fork = find(plan, 'fork')[0]?.index ?? 0
        const late = find(plan, 'unshare').filter(({ index }) => index > fork)
        const none = steps(name).length === 0 && types.some(type => isolates(specs[name]!, type))
        if (late.length === 0 && !none) return null
        const bornWithout = late.flatMap(({ step }) => tagsOf(step).slice(1)).map(tag => tag.slice('unshare.'.length))
        return {
          expected:
            'unshare stands before the fork of init: a pid namespace takes in children only, and the host wires the network next',
          found: `init is born without ${none ? 'any of them' : bornWithout.join(', ')}`,
          plan,
          rows: [fork, ...late.map(({ index }) => index)],
        }
      }),
    },
    {
      id: 'namespaces-of-its-own',
      rung: 'effect',
      title: 'the kernel shows other namespaces than those of its host, and init as number 1',
      points: 2,
      needs: [],
      async judge(room) {
        const name = room.nonce()
        return ask(room, ['--hostname', name], ({ ns, pid, processes, hostname }) => {
          const expected = 'a container has mnt, pid, uts, ipc, net and cgroup of its own, and its program is number 1'
          const shared = shares(ns, ['mount', 'pid', 'uts', 'ipc', 'network', 'cgroup'])
          if (shared.length > 0) return { expected, found: `it shares ${shared.join(', ')} with its host` }
          if (pid !== 1 || processes.length !== 1)
            return { expected, found: `it is number ${pid}, and sees ${processes.length} processes` }
          const found = `inside the name is '${hostname}', the host's is '${hostnameOf(room)}'`
          return hostname === name && hostnameOf(room) !== name
            ? null
            : { expected: `only inside is it '${name}'`, found }
        })
      },
    },
    {
      id: 'shares-the-rest',
      rung: 'effect',
      title: 'what --no-uts and its like leave out is shared with the host',
      points: 1,
      needs: ['user namespaces'],
      async judge(room) {
        const left = ask(room, ['--no-uts', '--no-ipc', '--net', 'host'], ({ ns }) => {
          const shared = shares(ns, ['uts', 'ipc', 'network', 'pid', 'mount']).join(', ')
          const expected =
            'with --no-uts --no-ipc --net host it shares uts, ipc, network with its host, and no pid nor mount'
          return shared === 'uts, ipc, network' ? null : { expected, found: `it shares ${shared || 'none'}` }
        })
        if (left !== null) return left
        return ask(room, ['--userns'], ({ ns, uid }) => {
          const expected = 'with --userns it is root of a user namespace of its own'
          const own = shares(ns, ['user', 'mount', 'pid', 'network']).length === 0
          return own && uid === 0 ? null : { expected, found: own ? `it is uid ${uid}` : 'it shares one with its host' }
        })
      },
    },
  ],
}

/** The namespaces of these types that are the room's. */
const shares = (ns: InsideFacts['ns'], which: readonly (keyof typeof links)[]): string[] =>
  which.filter(type => ns[links[type]] === fs.statSync(`/proc/self/ns/${links[type]}`).ino)

const hostnameOf = (room: Room): string => room.read('/proc/sys/kernel/hostname').trim()

function ask(room: Room, options: readonly string[], judge: (facts: InsideFacts) => Failure | null): Failure | null {
  const ran = room.run(['ch2', 'run', '--rootfs', room.rootfs(), ...options, '--', 'inside', 'facts'])
  return ran.code === 0
    ? judge(parseFacts(ran.stdout))
    : { expected: `ch2 run ${options.join(' ')} starts, and ends with 0`, found: told(ran) }
}
