/** runtime.md "Lifecycle": what becomes of a container whose hook fails. */

import * as fs from 'node:fs'
import type { HookKind } from '#core/spec/runtime'
import { broken, type Check, same } from './check.js'
import type { Changes } from './config.js'
import { type Container, failed, succeeded } from './container.js'
import type { Room } from './room.js'

interface Failing {
  readonly container: Container
  readonly said: () => string
}

/** A hook that fails, one of the same kind behind it, and one that tells of the end. */
function failing(room: Room, kind: HookKind): Failing {
  const log = `${room.newDirectory()}/log`
  const tell = (word: string, code = 0) => ({
    path: '/bin/sh',
    args: ['sh', '-c', `echo ${word} >> ${log}; exit ${code}`],
    env: ['PATH=/bin:/usr/bin'],
  })
  const own = { path: '/bin/sh', args: ['sh', '-c', 'exit 3'] }
  const first = kind === 'startContainer' ? own : tell('failing', 3)
  const behind = kind === 'startContainer' ? [] : [tell('next')]
  const hooks: Changes = { poststop: [tell('poststop')], [kind]: [first, ...behind] }
  const container = room.container('sleep 100', { hooks })
  return { container, said: () => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim() : '') }
}

const before = ['prestart', 'createRuntime', 'createContainer'] as const
const sections = {
  prestart: 'config.md#prestart',
  createRuntime: 'config.md#createruntime-hooks',
  createContainer: 'config.md#createcontainer-hooks',
} as const

/** Nothing of it runs any more. */
async function isOver(room: Room, container: Container): Promise<void> {
  await room.until('its process ends', () => !container.lives())
  const status = (await container.state())?.status
  if (status !== undefined && status !== 'stopped') broken(`its status is '${status}'`)
}

export const hookFailureChecks: readonly Check[] = [
  ...before.map(
    (kind): Check => ({
      id: `hook-fails-${kind}`,
      section: sections[kind],
      must: `create fails when a ${kind} hook does, later ones are not called, and no container is left`,
      ask: async room => {
        const { container, said } = failing(room, kind)
        failed('create', await container.create())
        if ((await container.state()) !== null) broken('the container is there')
        same('called', said().replace('\npoststop', ''), 'failing')
      },
    }),
  ),
  {
    id: 'hook-fails-then-poststop',
    section: 'runtime.md#lifecycle',
    must: 'the poststop hooks are called when a container goes because a hook of create failed',
    ask: async room => {
      for (const kind of before) {
        const { container, said } = failing(room, kind)
        failed('create', await container.create())
        same(`${kind} fails: called`, said(), 'failing\npoststop')
      }
    },
  },
  {
    id: 'hook-fails-startContainer',
    section: 'config.md#startcontainer-hooks',
    must: 'start fails when a startContainer hook does, and the container is stopped',
    ask: async room => {
      const { container } = failing(room, 'startContainer')
      await container.created()
      failed('start', await container.start())
      await isOver(room, container)
    },
  },
  {
    id: 'hook-fails-poststart',
    section: 'config.md#poststart',
    since: '1.3.0',
    must: 'start fails when a poststart hook does, and the container is stopped',
    ask: async room => {
      const { container } = failing(room, 'poststart')
      await container.created()
      failed('start', await container.start())
      await isOver(room, container)
    },
  },
  {
    id: 'hook-fails-poststop',
    section: 'config.md#poststop',
    must: 'when a poststop hook fails the others are called, and delete goes on as if it had not',
    ask: async room => {
      const log = `${room.newDirectory()}/log`
      const tell = (word: string, code: number) => ({
        path: '/bin/sh',
        args: ['sh', '-c', `echo ${word} >> ${log}; exit ${code}`],
        env: ['PATH=/bin:/usr/bin'],
      })
      const container = room.container('true', { hooks: { poststop: [tell('failing', 3), tell('next', 0)] } })
      await container.stopped()
      const deleted = await container.delete()
      succeeded('delete', deleted)
      if (deleted.why === '') broken('no warning is logged')
      if ((await container.state()) !== null) broken('the container is there')
      same('called', fs.readFileSync(log, 'utf8'), 'failing\nnext\n')
    },
  },
]
