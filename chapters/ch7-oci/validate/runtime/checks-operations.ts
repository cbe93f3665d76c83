/** runtime.md: state, start, kill, delete; in which state each is allowed. */

import { broken, type Check, same } from './check.js'
import { failed, succeeded } from './container.js'
import type { Room } from './room.js'

const operations = ['state', 'start', 'kill', 'delete'] as const
const sections = { state: 'query-state', start: 'start', kill: 'kill', delete: 'delete' } as const

const loop = 'trap "echo got TERM; exit 0" TERM; echo ready; while :; do sleep 0.05; done'

/** A container whose program runs, and says so. */
async function running(room: Room) {
  const container = room.container(loop)
  await container.created()
  await container.started()
  await container.says('ready')
  return container
}

export const operationChecks: readonly Check[] = [
  ...operations.map(
    (name): Check => ({
      id: `${name}-no-id`,
      section: `runtime.md#${sections[name]}`,
      must: `${name} without an ID is an error`,
      ask: async room => failed(name, await room.call([name])),
    }),
  ),
  ...operations.map(
    (name): Check => ({
      id: `${name}-unknown`,
      section: `runtime.md#${sections[name]}`,
      must: `${name} of a container that does not exist is an error`,
      ask: async room => failed(name, await room.call([name, room.newId(), ...(name === 'kill' ? ['KILL'] : [])])),
    }),
  ),
  {
    id: 'state-fields',
    section: 'runtime.md#state',
    must: 'the state has a version, the ID, the status, the pid and the absolute path of the bundle, of the right types',
    ask: async room => {
      const container = room.container('sleep 100', { annotations: { 'org.example.key': 'value' } })
      const pid = await container.created()
      for (const status of ['created', 'running']) {
        const { ociVersion, ...state } = (await container.state()) ?? broken(`the state of a ${status} one is an error`)
        if (!/^\d+\.\d+\.\d+/.test(String(ociVersion))) broken(`ociVersion is '${ociVersion}'`)
        const { id, bundle } = container
        const { annotations = { 'org.example.key': 'value' } } = state
        same(
          'the state',
          [state.id, state.status, state.pid, state.bundle, annotations],
          [id, status, pid, bundle, { 'org.example.key': 'value' }],
        )
        if (status === 'created') await container.started()
      }
      await container.kill('KILL')
      await container.ended()
      await container.becomes('stopped')
    },
  },
  {
    id: 'start-runs',
    section: 'runtime.md#start',
    must: 'start runs the program of process',
    ask: async room => same('it wrote', await room.container('echo it runs').ran(), 'it runs\n'),
  },
  {
    id: 'start-running',
    section: 'runtime.md#start',
    must: 'start of a container that runs is an error, and changes nothing',
    ask: async room => {
      const container = await running(room)
      failed('start', await container.start())
      same('its status', (await container.state())?.status, 'running')
      same('it wrote', container.output(), 'ready\n')
    },
  },
  {
    id: 'start-stopped',
    section: 'runtime.md#start',
    must: 'start of a container that has stopped is an error, and does not run it again',
    ask: async room => {
      const container = room.container('echo it runs')
      await container.stopped()
      failed('start', await container.start())
      same('it wrote', container.output(), 'it runs\n')
      same('its status', (await container.state())?.status, 'stopped')
    },
  },
  {
    id: 'start-no-process',
    section: 'runtime.md#start',
    must: 'a container without process cannot be started',
    ask: async room => {
      const container = room.container('echo it runs', { process: undefined })
      await container.refused({ late: true })
      same('it wrote', container.output(), '')
    },
  },
  {
    id: 'kill-signal',
    section: 'runtime.md#kill',
    must: 'kill sends that signal to the process of the container',
    ask: async room => {
      const container = await running(room)
      succeeded('kill', await container.kill('TERM'))
      await container.ended()
      same('it wrote', container.output(), 'ready\ngot TERM\n')
    },
  },
  {
    id: 'kill-created',
    section: 'runtime.md#kill',
    must: 'a container that is created gets the signal, too',
    ask: async room => {
      const container = room.container('echo it runs')
      await container.created()
      succeeded('kill', await container.kill('KILL'))
      await container.ended()
      await container.becomes('stopped')
    },
  },
  {
    id: 'kill-stopped',
    section: 'runtime.md#kill',
    must: 'kill of a container that has stopped is an error',
    ask: async room => {
      const container = room.container()
      await container.stopped()
      failed('kill', await container.kill('KILL'))
      same('its status', (await container.state())?.status, 'stopped')
    },
  },
  {
    id: 'delete-created',
    section: 'runtime.md#delete',
    must: 'delete of a container that is created is an error, and changes nothing',
    ask: async room => {
      const container = room.container()
      await container.created()
      failed('delete', await container.delete())
      same('its status', (await container.state())?.status, 'created')
    },
  },
  {
    id: 'delete-running',
    section: 'runtime.md#delete',
    must: 'delete of a container that runs is an error, and changes nothing',
    ask: async room => {
      const container = await running(room)
      failed('delete', await container.delete())
      same('its status', (await container.state())?.status, 'running')
      if (!container.lives()) broken('its process has ended')
    },
  },
]
