/** config.md "POSIX-platform Hooks": when, where and with what each is called. */

import * as fs from 'node:fs'
import { type HookKind, hookKinds } from '#core/spec/runtime'
import { broken, type Check, same } from './check.js'
import { more } from './config.js'
import { type Container, succeeded } from './container.js'
import type { Room } from './room.js'
import { refuses } from './ways.js'

/** The calls of hooks, as they tell of themselves in a directory that both sides see. */
interface Told {
  readonly container: Container
  readonly log: string
  readonly order: () => string[]
  readonly of: (kind: HookKind, what: string) => string
}

/** In the container a directory of the host has another name. */
const logIn = (kind: HookKind, log: string): string => (kind === 'startContainer' ? '/log' : log)

/** @param script of each hook, which finds the names of its files in $IN and $NAME */
function hooked(room: Room, script: string, program = 'true', calls = [0]): Told {
  const log = room.newDirectory()
  const hooks = Object.fromEntries(
    hookKinds.map(kind => [
      kind,
      calls.map(index => ({
        path: '/bin/sh',
        args: ['sh', '-c', `echo ${kind} ${index} >> $IN/order; ${script}`],
        env: ['PATH=/bin:/usr/bin', `IN=${logIn(kind, log)}`, `NAME=${kind}`],
      })),
    ]),
  )
  const mounts = more({ destination: '/log', type: 'bind', source: log, options: ['rbind', 'rw'] })
  const read = (name: string): string =>
    fs.existsSync(`${log}/${name}`) ? fs.readFileSync(`${log}/${name}`, 'utf8').trim() : ''
  return {
    container: room.container(program, { hooks, mounts }),
    log,
    order: () => read('order').split('\n'),
    of: (kind, what) => read(`${kind}.${what}`),
  }
}

async function wholeLife({ container }: Told): Promise<number> {
  const pid = await container.created()
  await container.started()
  await container.kill('KILL')
  await container.ended()
  await container.becomes('stopped')
  succeeded('delete', await container.delete())
  return pid
}

const twice = (kinds: readonly HookKind[]): string[] => kinds.flatMap(kind => [`${kind} 0`, `${kind} 1`])

const spaces = ['net', 'uts', 'ipc', 'mnt', 'pid'] as const
const insideKinds: readonly HookKind[] = ['createContainer', 'startContainer']

export const hookChecks: readonly Check[] = [
  {
    id: 'hooks-order',
    section: 'config.md#posix-platform-hooks',
    must: 'hooks are called in the order of their lists, and kind after kind, each with its operation',
    ask: async room => {
      // those of startContainer take their time: who does not wait for them comes out of step
      const told = hooked(
        room,
        '[ $NAME != startContainer ] || sleep 0.2',
        'echo program >> /log/order; sleep 100',
        [0, 1],
      )
      const { container, order } = told
      await container.created()
      same('after create', order(), twice(['prestart', 'createRuntime', 'createContainer']))
      await container.started()
      await room.until('the program runs', () => order().includes('program'))
      const hooks = order().filter(line => line !== 'program')
      same('after start', hooks, twice(hookKinds.filter(kind => kind !== 'poststop')))
      if (order().indexOf('program') < 8) broken('the program runs before the startContainer hooks')
      await container.kill('KILL')
      await container.ended()
      await container.becomes('stopped')
      same('before delete', order().length, 11)
      succeeded('delete', await container.delete())
      same('after delete', order().slice(11), twice(['poststop']))
    },
  },
  {
    id: 'hooks-state',
    section: 'config.md#posix-platform-hooks',
    must: 'each hook is given the state on its stdin',
    ask: async room => {
      const told = hooked(room, 'cat > $IN/$NAME.state', 'sleep 100')
      const { id, bundle } = told.container
      const pid = await wholeLife(told)
      const status = { poststart: ['running'], poststop: ['stopped'] } as Partial<Record<HookKind, string[]>>
      for (const kind of hookKinds) {
        const text = told.of(kind, 'state')
        if (text === '') broken(`${kind} is given nothing`)
        const state = JSON.parse(text)
        same(`${kind}: id and bundle`, [state.id, state.bundle], [id, bundle])
        if (typeof state.ociVersion !== 'string') broken(`${kind}: no ociVersion`)
        const right = status[kind] ?? ['creating', 'created', 'starting']
        if (!right.includes(state.status)) broken(`${kind}: status '${state.status}'`)
        // in a pid namespace it is another's, and only where it runs is one asked for
        if (kind === 'poststart') same('poststart: pid', state.pid, pid)
      }
    },
  },
  {
    id: 'hooks-namespaces',
    section: 'config.md#posix-platform-hooks',
    must: 'createContainer and startContainer hooks run in the namespaces of the container, all others in those of the runtime',
    ask: async room => {
      const script = `for n in ${spaces.join(' ')}; do readlink /proc/self/ns/$n; done > $IN/$NAME.ns`
      const told = hooked(room, script, 'sleep 100')
      const pid = await told.container.created()
      const [runtime, container] = ['self', pid].map(who =>
        spaces.map(name => fs.readlinkSync(`/proc/${who}/ns/${name}`)),
      )
      await told.container.started()
      await told.container.kill('KILL')
      await told.container.ended()
      await told.container.becomes('stopped')
      succeeded('delete', await told.container.delete())
      for (const kind of hookKinds) {
        const right = insideKinds.includes(kind) ? container! : runtime!
        same(kind, told.of(kind, 'ns').split('\n'), right)
      }
    },
  },
  {
    id: 'hooks-path',
    section: 'config.md#posix-platform-hooks',
    must: 'the path of a hook is one of the host, but for startContainer, where it is one of the container',
    ask: async room => {
      const [rootfs, own] = [room.copyRootfs(), room.newDirectory()]
      const log = room.newDirectory()
      const inner = '/only-inside'
      for (const [file, kind] of [
        [`${own}/only-outside`, 'outside'],
        [`${rootfs}${inner}`, 'inside'],
      ] as const) {
        fs.writeFileSync(file, `#!/bin/sh\necho ${kind} $1 >> $IN/order\n`, { mode: 0o755 })
      }
      const hooks = Object.fromEntries(
        hookKinds.map(kind => {
          const isInner = kind === 'startContainer'
          const path = isInner ? inner : `${own}/only-outside`
          return [kind, [{ path, args: ['hook', kind], env: ['PATH=/bin', `IN=${logIn(kind, log)}`] }]]
        }),
      )
      const container = room.container('true', {
        hooks,
        'root.path': rootfs,
        mounts: more({ destination: '/log', type: 'bind', source: log, options: ['rbind', 'rw'] }),
      })
      await container.stopped()
      succeeded('delete', await container.delete())
      const right = hookKinds.map(kind => `${kind === 'startContainer' ? 'inside' : 'outside'} ${kind}`)
      same('called', fs.readFileSync(`${log}/order`, 'utf8').trim().split('\n').sort(), right.sort())
    },
  },
  {
    id: 'hooks-relative',
    section: 'config.md#posix-platform-hooks',
    must: 'a path of a hook that is not absolute is an error',
    ask: refuses({ 'a relative path': { hooks: { createRuntime: [{ path: 'bin/true' }] } } }),
  },
  {
    id: 'hooks-no-time',
    section: 'config.md#posix-platform-hooks',
    must: 'a timeout of a hook that is not above zero is an error',
    ask: refuses({
      'no time': { hooks: { createRuntime: [{ path: '/bin/true', timeout: 0 }] } },
      'less than no time': { hooks: { createRuntime: [{ path: '/bin/true', timeout: -1 }] } },
    }),
  },
  {
    id: 'hooks-timeout',
    section: 'config.md#posix-platform-hooks',
    must: 'a hook that takes longer than its timeout has failed',
    ask: async room => {
      const begun = Date.now()
      await refuses({
        'a hook that sleeps': { hooks: { createRuntime: [{ path: '/bin/sleep', args: ['sleep', '15'], timeout: 1 }] } },
      })(room)
      if (Date.now() - begun > 12_000) broken('it was waited for')
    },
  },
]
