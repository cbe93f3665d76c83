/** runtime.md: what create does and does not do, and what delete takes away. */

import * as fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { processesIn } from '#core/exec/cgroup'
import { cgroupsOf } from './cgroups-of.js'
import { broken, type Check, same } from './check.js'
import { more } from './config.js'
import { failed, succeeded } from './container.js'
import { refuses } from './ways.js'

export const lifecycleChecks: readonly Check[] = [
  {
    id: 'create-no-id',
    section: 'runtime.md#create',
    must: 'create without an ID is an error',
    ask: async room => failed('create', await room.call(['create', '--bundle', room.container().bundle])),
  },
  {
    id: 'create-no-bundle',
    section: 'runtime.md#create',
    must: 'create without a bundle, or of a directory that is none, is an error',
    ask: async room => {
      const [id, cwd] = [room.newId(), room.newDirectory()]
      failed('create', await room.call(['create', id], { cwd }))
      failed('create', await room.call(['create', '--bundle', `${cwd}/nonsuch`, id]))
      failed('state', await room.call(['state', id]))
    },
  },
  {
    id: 'create-twice',
    section: 'runtime.md#create',
    must: 'create under an ID that is taken is an error, and leaves the other as it was',
    ask: async room => {
      const container = room.container('sleep 100')
      const pid = await container.created()
      const other = room.container('echo the second')
      failed('create', await container.create(other.bundle))
      const state = await container.state()
      same('the first', [state?.status, state?.pid, state?.bundle], ['created', pid, container.bundle])
      await container.started()
      if (!container.lives()) broken('the first has ended')
    },
  },
  {
    id: 'create-bad-id',
    section: 'runtime.md#create',
    must: 'an ID that leads out of the place of states, or is empty, is an error',
    ask: async room => {
      const { bundle } = room.container()
      for (const id of ['../outside', 'a/b', '..', '']) {
        failed(`create '${id}'`, await room.call(['create', '--bundle', bundle, id]))
      }
    },
  },
  {
    id: 'create-waits',
    section: 'runtime.md#create',
    must: 'the program does not run before start',
    ask: async room => {
      const container = room.container('echo it runs')
      await container.created()
      await sleep(150)
      same('it wrote', container.output(), '')
      same('its status', (await container.state())?.status, 'created')
    },
  },
  {
    id: 'create-fixed',
    section: 'runtime.md#lifecycle',
    must: 'a config.json that is changed after create changes nothing',
    ask: async room => {
      const container = room.container('echo as it was')
      await container.created()
      const config = container.config<{ process: { args: string[] } }>()
      config.process.args = ['sh', '-c', 'echo as it is now']
      fs.writeFileSync(`${container.bundle}/config.json`, JSON.stringify(config))
      await container.started()
      await container.ended()
      same('it wrote', container.output(), 'as it was\n')
    },
  },
  {
    id: 'create-impossible',
    section: 'runtime.md#create',
    must: 'what cannot be applied is an error, and no container comes of it',
    ask: refuses({
      'a file system that the kernel has not': {
        mounts: more({ destination: '/mnt', type: 'nonsuchfs', source: 'none' }),
      },
      'a source that is not there': {
        mounts: more({ destination: '/mnt', type: 'bind', source: '/nonsuch/source', options: ['bind'] }),
      },
      'a setting that the kernel has not': { 'linux.sysctl': { 'net.ipv4.nonsuch_setting': '1' } },
    }),
  },
  {
    id: 'create-again',
    section: 'runtime.md#errors',
    must: 'after a create that failed all is as before: the same ID can be used',
    ask: async room => {
      const container = room.container('echo it runs', {
        mounts: more({ destination: '/mnt', type: 'nonsuchfs', source: 'none' }),
      })
      failed('create', await container.create())
      const config = container.config<{ mounts: unknown[] }>()
      config.mounts.pop()
      fs.writeFileSync(`${container.bundle}/config.json`, JSON.stringify(config))
      same('it wrote', await container.ran(), 'it runs\n')
    },
  },
  {
    id: 'delete-all',
    section: 'runtime.md#delete',
    must: 'delete takes away what create made: the container, its cgroups, its mounts; the ID is free again',
    ask: async room => {
      const container = room.container('sleep 100')
      const pid = await container.created()
      const cgroups = cgroupsOf(pid, room.facts).filter(path => path.endsWith(container.cgroupsPath))
      await container.kill('KILL')
      await container.ended()
      await container.becomes('stopped')
      const before = fs.readFileSync('/proc/self/mountinfo', 'utf8')
      if (before.includes(`${room.directory}/`)) broken('a mount of it is seen on the host')
      succeeded('delete', await container.delete())
      if ((await container.state()) !== null) broken('the container is still there')
      const left = cgroups.filter(path => fs.existsSync(path))
      if (left.length > 0) broken(`its cgroup is still there: ${left[0]}`)
      await container.created()
    },
  },
  {
    id: 'delete-own',
    section: 'runtime.md#delete',
    must: "delete leaves alone what the container did not make: another's namespace and cgroup, files of the host",
    ask: async room => {
      const holder = room.container('sleep 100')
      const pid = await holder.created()
      await holder.started()
      const shared = room.newDirectory()
      fs.writeFileSync(`${shared}/file`, 'of the host')
      const [net, cgroups] = [fs.readlinkSync(`/proc/${pid}/ns/net`), cgroupsOf(pid, room.facts)]
      const guest = room.container('true', {
        mounts: more({ destination: '/shared', type: 'bind', source: shared, options: ['rbind'] }),
        'linux.namespaces': [
          { type: 'network', path: `/proc/${pid}/ns/net` },
          ...['pid', 'ipc', 'uts', 'mount'].map(type => ({ type })),
        ],
      })
      await guest.stopped()
      succeeded('delete', await guest.delete())
      same('the file', fs.readFileSync(`${shared}/file`, 'utf8'), 'of the host')
      if (!holder.lives()) broken('the process of the other has ended')
      same('the network of the other', fs.readlinkSync(`/proc/${pid}/ns/net`), net)
      const lost = cgroups.filter(path => !processesIn(path).includes(pid))
      if (lost.length > 0) broken(`the other is not in ${lost[0]} any more`)
    },
  },
]
