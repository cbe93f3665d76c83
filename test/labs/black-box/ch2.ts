/** What a tool of ch2 does, in any language: a container of namespaces. */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import type { BlackBox, Tool } from '#labs/runner/grade/black-box'
import { parseMounts, parseStats } from '#support/inside'
import { judgeFacts, said, unless } from './view.js'

const sh = (script: string): string[] => ['/bin/sh', '-c', script]
const inodeOf = (name: string): number => fs.statSync(`/proc/self/ns/${name}`).ino
const mountinfo = (): string => fs.readFileSync('/proc/self/mountinfo', 'utf8')
const kinds = ['mnt', 'pid', 'uts', 'ipc', 'net'] as const

export const blackBox: BlackBox = {
  chapter: 'ch2',
  title: 'a container of namespaces',
  checks: [
    {
      id: 'namespaces-of-its-own',
      title: 'mount, pid, uts, ipc and network namespace are its own',
      points: 2,
      judge: tool =>
        judgeFacts(tool, {}, ({ ns }) => {
          const shared = kinds.filter(name => ns[name] === inodeOf(name))
          return shared.length === 0
            ? null
            : {
                expected: 'other inodes in /proc/self/ns inside than outside',
                found: `shared with the host: ${shared.join(', ')}`,
              }
        }),
    },
    {
      id: 'number-one',
      title: 'the program is process 1, and sees no process of the host',
      points: 1,
      judge: tool =>
        judgeFacts(tool, {}, ({ pid, processes }) =>
          pid === 1 && processes.length === 1
            ? null
            : { expected: 'pid 1, alone in /proc', found: `pid ${pid}, /proc shows ${processes.join(' ')}` },
        ),
    },
    {
      id: 'name-of-its-own',
      title: '--hostname names the container, and not the host',
      points: 1,
      judge(tool) {
        const [name, before] = [`box-${tool.room.nonce()}`, fs.readFileSync('/proc/sys/kernel/hostname', 'utf8')]
        return judgeFacts(tool, { hostname: name }, ({ hostname }) => {
          const after = fs.readFileSync('/proc/sys/kernel/hostname', 'utf8')
          if (after !== before) return { expected: 'the host keeps its name', found: `it is '${after.trim()}' now` }
          return hostname === name ? null : { expected: `hostname '${name}'`, found: `'${hostname}'` }
        })
      },
    },
    {
      id: 'host-mounts-untouched',
      title: "the host's mount table is the same before, during and after",
      points: 2,
      judge(tool) {
        const before = mountinfo()
        const during = whileItRuns(tool, mountinfo)
        const changed = [during, mountinfo()].find(now => now !== before)
        const lines = (changed ?? '').split('\n').filter(line => !before.includes(line))
        return changed === undefined
          ? null
          : { expected: 'not a line of /proc/self/mountinfo is new outside', found: lines[0] ?? 'a line is gone' }
      },
    },
    {
      id: 'host-is-gone',
      title: "no mount of the host's is left inside",
      points: 1,
      judge: tool =>
        judgeFacts(tool, {}, ({ mountinfo: lines }) => {
          const outside = new Set(parseMounts(mountinfo().trim().split('\n')).map(({ at }) => at))
          const left = parseMounts(lines ?? []).filter(
            ({ at }) => at.startsWith(tool.room.scratch) || (outside.has(at) && !/^\/(proc|dev|sys)?(\/|$)/.test(at)),
          )
          if (lines === null || lines.length === 0)
            return { expected: 'a /proc of its own', found: 'no /proc/self/mountinfo' }
          return left.length === 0
            ? null
            : { expected: 'pivot_root, and the old root unmounted', found: `${left[0]!.at} is still there` }
        }),
    },
    {
      id: 'devices',
      title: '/dev has null, zero, full, random, urandom and tty, and they work',
      points: 1,
      judge(tool) {
        const names = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map(name => `/dev/${name}`)
        const ran = tool.run({ rootfs: tool.room.rootfs(), command: ['/bin/inside', 'stat', ...names] })
        const lacking = names.filter(
          name => !ran.stdout.includes(`"${name}"`) || parseStats(ran.stdout)[name]?.type !== 'char',
        )
        return lacking.length === 0
          ? null
          : { expected: 'character devices', found: `not so: ${lacking.join(' ')} (${said(ran)})` }
      },
    },
    {
      id: 'loopback',
      title: 'its network has a loopback, which is up, and no other device',
      points: 1,
      judge: tool =>
        judgeFacts(tool, {}, ({ interfaces }) => {
          const text = interfaces.map(({ name, up }) => `${name} ${up ? 'up' : 'down'}`).join(', ')
          return text === 'lo up' ? null : { expected: 'lo up', found: text || 'no device' }
        }),
    },
    {
      id: 'exit-codes',
      title: "the program's exit code comes out; 127 and 126 are as in ch1",
      points: 1,
      judge(tool) {
        const rootfs = tool.room.rootfs({ '/etc/text': 'no program' })
        for (const [command, code] of [
          [sh('exit 42'), 42],
          [['no-such-program'], 127],
          [['/etc/text'], 126],
        ] as const) {
          const ran = tool.run({ rootfs, command })
          if (ran.code !== code) return unless(false, `exit ${code} of ${command.join(' ')}`, ran)
        }
        return null
      },
    },
  ],
}

/** Looks while a container lives: its program waits until it can write to a fifo that we read. */
function whileItRuns<T>(tool: Tool, look: () => T): T {
  const rootfs = tool.room.rootfs()
  tool.room.start(['mkfifo', `${rootfs}/here`, `${rootfs}/go`])
  const [program, ...args] = tool.argv({ rootfs, command: sh('echo here > /here; read x < /go') })
  const child = spawn(program!, args, { stdio: 'ignore' })
  try {
    tool.room.start(['timeout', '5', 'cat', `${rootfs}/here`])
    return look()
  } finally {
    tool.room.start(['timeout', '5', 'sh', '-c', `echo go > ${rootfs}/go`])
    child.kill('SIGKILL')
  }
}
