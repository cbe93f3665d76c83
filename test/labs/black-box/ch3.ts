/** What a tool of ch3 does, in any language: a container that gets no more than its share. */

import * as fs from 'node:fs'
import { probeFacts } from '#core/sys/probe'
import type { BlackBox, Tool, Wish } from '#labs/runner/grade/black-box'
import { unless } from './view.js'

const sh = (script: string): string[] => ['/bin/sh', '-c', script]
/** dd keeps one block in memory, all of it. */
const eat = (mebibytes: number): string[] => ['dd', 'if=/dev/zero', 'of=/dev/null', `bs=${mebibytes}M`, 'count=1']
const run = (tool: Tool, wish: Omit<Wish, 'rootfs'>) => tool.run({ ...wish, rootfs: tool.room.rootfs() })
/** Between 0 and most, by chance. */
const random = (tool: Tool, most: number): number => Number.parseInt(tool.room.nonce().slice(0, 6), 16) % (most + 1)

export const blackBox: BlackBox = {
  chapter: 'ch3',
  title: 'a container that gets no more than its share',
  needs: ['root', 'cgroups'],
  checks: [
    {
      id: 'memory-kills',
      title: '--memory: who takes more is killed, and that is exit code 137; who takes less is left in peace',
      points: 3,
      judge(tool) {
        const limit = 40 + random(tool, 16)
        const modest = run(tool, { memory: `${limit}m`, command: eat(limit - 20) })
        if (modest.code !== 0) return unless(false, `with --memory ${limit}m, ${limit - 20} MiB can be had`, modest)
        const greedy = run(tool, { memory: `${limit}m`, command: eat(3 * limit) })
        return unless(greedy.code === 137, `with --memory ${limit}m, who takes ${3 * limit} MiB ends with 137`, greedy)
      },
    },
    {
      id: 'memory-kills-a-child',
      title: '--memory holds for all processes together, and the container outlives the one that is killed',
      points: 2,
      judge(tool) {
        const word = tool.room.nonce()
        const ran = run(tool, { memory: '40m', command: sh(`${eat(160).join(' ')}; echo $? ${word}`) })
        return unless(ran.stdout === `137 ${word}\n`, 'a child ends with 137, and its parent says so', ran)
      },
    },
    {
      id: 'pids-limit',
      title: '--pids-limit: a fork beyond it fails',
      points: 2,
      judge(tool) {
        const limit = 8 + random(tool, 8)
        const bomb = `i=0; while test $i -lt 100; do sleep 3 & i=$((i + 1)); echo $i; done`
        const ran = run(tool, { pidsLimit: limit, command: sh(bomb) })
        const made = Number(ran.stdout.trim().split('\n').at(-1))
        // a tool may keep a process of its own in there
        return unless(
          made >= limit - 3 && made < limit,
          `with --pids-limit ${limit}, no more than ${limit} processes`,
          ran,
        )
      },
    },
    {
      id: 'cpus',
      title: '--cpus: busy programs get that much of the time together, and no more',
      points: 2,
      judge(tool) {
        // four at once: on a machine that others use, too, one alone might get no more without a limit
        const busy = "timeout -s KILL 2 sh -c 'while :; do :; done' &"
        const script = `read from x < /proc/uptime; ${`${busy} `.repeat(4)} wait
          read to x < /proc/uptime; echo $from $to; cat /proc/$$/stat`
        const ran = run(tool, { cpus: 0.1, command: sh(script) })
        const [times = '', stat = ''] = ran.stdout.trim().split('\n').slice(-2)
        const [from = 0, to = 0] = times.split(' ').map(Number)
        const share = childTicks(stat) / 100 / (to - from)
        const stdout = `${share.toFixed(2)} of a processor: ${ran.stdout}`
        return unless(share > 0.02 && share < 0.2, 'with --cpus 0.1, about a tenth of a processor', {
          ...ran,
          stdout,
        })
      },
    },
    {
      id: 'nothing-left',
      title: 'while it runs it has a cgroup of its own, afterwards that is gone',
      points: 1,
      judge(tool) {
        const before = cgroups()
        const own = inUseWhileItRuns(tool, { memory: '64m', pidsLimit: 20, cpus: 1 }).filter(
          path => !before.includes(path),
        )
        if (own.length === 0) return { expected: 'a new cgroup with a process in it', found: 'none' }
        const left = cgroups().filter(path => own.includes(path))
        return left.length === 0 ? null : { expected: 'afterwards it is removed', found: `${left[0]} is still there` }
      },
    },
  ],
}

/** All that there are, in all hierarchies. */
const cgroups = (): string[] =>
  probeFacts().hierarchies.flatMap(({ home }) =>
    fs
      .readdirSync(home, { recursive: true, withFileTypes: true })
      .flatMap(entry => (entry.isDirectory() ? [`${entry.parentPath}/${entry.name}`] : [])),
  )

/** The shell starts the tool, looks for cgroups with processes in them, and lets it come to its own end. */
function inUseWhileItRuns(tool: Tool, wish: Omit<Wish, 'rootfs' | 'command'>): string[] {
  const rootfs = tool.room.rootfs()
  tool.room.start(['mkfifo', `${rootfs}/here`, `${rootfs}/go`])
  const homes = probeFacts().hierarchies.map(({ home }) => home)
  const script = `
    "$@" > ${rootfs}/said 2>&1 < /dev/null &
    timeout 5 cat ${rootfs}/here > ${rootfs}/read
    for file in $(find ${homes.join(' ')} -name cgroup.procs); do
      test -z "$(head -n 1 $file)" || echo "\${file%/cgroup.procs}"
    done
    timeout 5 sh -c 'echo go > ${rootfs}/go'
    wait`
  const argv = tool.argv({ ...wish, rootfs, command: sh('echo here > /here; read x < /go') })
  const { stdout } = tool.room.start(['sh', '-c', script, 'sh', ...argv])
  return stdout.split('\n').filter(line => line !== '')
}

/** proc_pid_stat(5), cutime and cstime: what the children that it waited for have used. */
function childTicks(line: string): number {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return Number(fields[13] ?? 0) + Number(fields[14] ?? 0)
}
