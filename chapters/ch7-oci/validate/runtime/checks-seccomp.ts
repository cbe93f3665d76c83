/** config-linux.md "Seccomp": which calls fail, how, and who is asked. */

import * as fs from 'node:fs'
import { broken, type Check, same } from './check.js'
import { listening } from './listening.js'
import { prints, refuses } from './ways.js'

const allow = { defaultAction: 'SCMP_ACT_ALLOW' } as const
const mkdir = ['mkdir', 'mkdirat'] as const
const notify = { ...allow, syscalls: [{ names: mkdir, action: 'SCMP_ACT_NOTIFY' }] }

/** errno(3): one that mkdir has no reason of its own for. */
const EREMOTEIO = 121

export const seccompChecks: readonly Check[] = [
  {
    id: 'seccomp-errno',
    section: 'config-linux.md#seccomp',
    must: 'a call with SCMP_ACT_ERRNO fails with its errno, without one with EPERM; the others go on',
    ask: async room => {
      for (const [errno, words] of [
        [{}, 'Operation not permitted'],
        [{ errnoRet: EREMOTEIO }, 'Remote I/O error'],
      ] as const) {
        const seccomp = { ...allow, syscalls: [{ names: mkdir, action: 'SCMP_ACT_ERRNO', ...errno }] }
        const output = await room.container('mkdir /tmp/x; pwd', { 'linux.seccomp': seccomp }).ran()
        if (!output.includes(words)) broken(`it says '${output.split('\n')[0]}' in the place of '${words}'`)
        same('then', output.trim().split('\n').at(-1), '/')
      }
    },
  },
  {
    id: 'seccomp-args',
    section: 'config-linux.md#seccomp',
    must: 'a rule with arguments counts where they have these values',
    ask: prints(
      'yes 15\nno 9',
      'for n in 15 9; do if kill -$n 999999 2>&1 | grep -q permitted; then echo yes $n; else echo no $n; fi; done',
      {
        'linux.seccomp': {
          ...allow,
          syscalls: [{ names: ['kill'], action: 'SCMP_ACT_ERRNO', args: [{ index: 1, value: 15, op: 'SCMP_CMP_EQ' }] }],
        },
      },
    ),
  },
  {
    id: 'seccomp-no-errno',
    section: 'config-linux.md#seccomp',
    must: 'an errno for an action that has none is an error',
    ask: refuses({
      'errnoRet of KILL': {
        'linux.seccomp': { ...allow, syscalls: [{ names: mkdir, action: 'SCMP_ACT_KILL', errnoRet: 1 }] },
      },
      'defaultErrnoRet of ALLOW': { 'linux.seccomp': { ...allow, defaultErrnoRet: 1 } },
    }),
  },
  {
    id: 'seccomp-no-names',
    section: 'config-linux.md#seccomp',
    must: 'a rule without a name is an error',
    ask: refuses({
      'no names': { 'linux.seccomp': { ...allow, syscalls: [{ names: [], action: 'SCMP_ACT_ERRNO' }] } },
    }),
  },
  {
    id: 'seccomp-listener',
    section: 'config-linux.md#the-container-process-state',
    must: 'who listens is sent one state as JSON over a connection that is then closed, and the fd of the filter with it',
    ask: async room => {
      const socket = `${room.newDirectory()}/listener`
      const listener = await listening(socket)
      try {
        const container = room.container('echo it runs', {
          'linux.seccomp': { ...notify, listenerPath: socket, listenerMetadata: 'opaque' },
        })
        const pid = await container.created()
        await container.started()
        await room.until('a connection is closed', () => listener.connections().some(({ closed }) => closed))
        same('connections', listener.connections().length, 1)
        const text = listener.connections()[0]!.text
        const told = (() => {
          try {
            return JSON.parse(text)
          } catch {
            return broken(`no JSON: ${text.slice(0, 80)}`)
          }
        })()
        const { fds, metadata, state } = told
        same('told', [told.pid, metadata, fds], [pid, 'opaque', ['seccompFd']])
        same('the state', [state?.id, state?.bundle], [container.id, container.bundle])
        if (typeof told.ociVersion !== 'string') broken('no ociVersion')
      } finally {
        listener.close()
      }
    },
  },
  {
    id: 'seccomp-listener-none',
    section: 'config-linux.md#seccomp',
    must: 'a listener that cannot be told is an error',
    ask: async room => {
      const socket = `${room.newDirectory()}/nobody`
      fs.writeFileSync(socket, '')
      await refuses(
        { 'nobody listens': { 'linux.seccomp': { ...notify, listenerPath: socket } } },
        { late: true },
      )(room)
    },
  },
  {
    id: 'seccomp-listener-ignored',
    section: 'config-linux.md#seccomp',
    must: 'listenerPath is ignored where no action asks',
    ask: prints('it runs', 'echo it runs', { 'linux.seccomp': { ...allow, listenerPath: '/nonsuch/socket' } }),
  },
  {
    id: 'seccomp-metadata-alone',
    section: 'config-linux.md#seccomp',
    must: 'listenerMetadata without listenerPath is an error',
    ask: refuses({ 'nobody to tell': { 'linux.seccomp': { ...notify, listenerMetadata: 'opaque' } } }, { late: true }),
  },
]
