/** config.md "Process": what the program finds itself to be. */

import * as fs from 'node:fs'
import { capabilities } from '#core/sys/constants'
import { ownBoundingSet } from '../../process/bounding-set.js'
import { broken, type Check, same } from './check.js'
import { prints, refuses, shows } from './ways.js'

/** proc_pid_status(5): sets of capabilities, as the kernel writes them. */
const setOf = (names: readonly string[]): string =>
  names
    .reduce((sum, name) => sum | (1n << BigInt(capabilities[name as keyof typeof capabilities])), 0n)
    .toString(16)
    .padStart(16, '0')

const [chown, kill, bind] = ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_BIND_SERVICE']
/** One that cannot be given on, because we are bounded ourselves. */
const lackingHere = (): string | undefined => {
  const bounding = ownBoundingSet()
  return Object.entries(capabilities).find(([, number]) => (bounding & (1n << BigInt(number))) === 0n)?.[0]
}

/** A container that wants such a capability is made without it, and that is told. */
const warnsOf =
  (wanted: () => string): Check['ask'] =>
  async room => {
    const names = [kill, wanted()]
    const sets = { bounding: names, permitted: names, effective: names }
    const { code, stderr, why } = await room.container('true', { 'process.capabilities': sets }).create()
    if (code !== 0) broken(`it is no warning, create fails: ${why}`)
    if (!stderr.toUpperCase().includes(wanted().replace('CAP_', ''))) broken(`nothing is said of ${wanted()}`)
  }

const limits: Readonly<Record<string, readonly [name: string, soft: number, hard: number]>> = {
  RLIMIT_NOFILE: ['Max open files', 512, 1024],
  RLIMIT_CORE: ['Max core file size', 4096, 8192],
  RLIMIT_FSIZE: ['Max file size', 1 << 20, 1 << 21],
  RLIMIT_STACK: ['Max stack size', 1 << 23, 1 << 24],
  RLIMIT_MSGQUEUE: ['Max msgqueue size', 409600, 819200],
}

export const processChecks: readonly Check[] = [
  {
    id: 'process-cwd',
    section: 'config.md#process',
    must: 'the program begins in cwd',
    ask: prints('/proc/sys', 'pwd', { 'process.cwd': '/proc/sys' }),
  },
  {
    id: 'process-cwd-relative',
    section: 'config.md#process',
    must: 'a cwd that is not absolute is an error',
    ask: refuses({ 'a relative cwd': { 'process.cwd': 'tmp' } }, { late: true }),
  },
  {
    id: 'process-args',
    section: 'config.md#process',
    must: 'the program is the first of args, looked for in PATH, and gets the others as they are',
    ask: prints("[a b] [] [$HOME] ['\\n]", '', {
      'process.args': ['printf', '[%s] [%s] [%s] [%s]\\n', 'a b', '', '$HOME', "'\\n"],
    }),
  },
  {
    id: 'process-args-none',
    section: 'config.md#process',
    must: 'args without an entry are an error',
    ask: refuses({ 'no args': { 'process.args': [] } }, { late: true }),
  },
  {
    id: 'process-env',
    section: 'config.md#process',
    must: 'the environment is env',
    ask: prints('two = words', 'echo "$WORD"', { 'process.env': ['PATH=/bin', 'WORD=two = words'] }),
  },
  {
    id: 'process-console-size',
    section: 'config.md#process',
    must: 'consoleSize without terminal is ignored',
    ask: prints('it runs', 'echo it runs', {
      'process.terminal': false,
      'process.consoleSize': { height: 24, width: 80 },
    }),
  },
  {
    id: 'process-rlimits',
    section: 'config.md#posix-process',
    must: 'each limit has the soft and the hard value of rlimits',
    ask: shows(
      'cat /proc/self/limits',
      { 'process.rlimits': Object.entries(limits).map(([type, [, soft, hard]]) => ({ type, soft, hard })) },
      lines => {
        for (const [type, [name, soft, hard]] of Object.entries(limits)) {
          const line = lines.find(one => one.startsWith(name)) ?? ''
          if (!new RegExp(`^${name} +${soft} +${hard} `).test(line)) return `${type}: ${line.trim()}`
        }
        return null
      },
    ),
  },
  {
    id: 'process-rlimits-unknown',
    section: 'config.md#posix-process',
    must: 'a limit that the kernel has not is an error',
    ask: refuses(
      { RLIMIT_NONSUCH: { 'process.rlimits': [{ type: 'RLIMIT_NONSUCH', soft: 1, hard: 1 }] } },
      { late: true },
    ),
  },
  {
    id: 'process-rlimits-twice',
    section: 'config.md#posix-process',
    must: 'a limit that is there twice is an error',
    ask: refuses(
      { twice: { 'process.rlimits': [2048, 1024].map(hard => ({ type: 'RLIMIT_NOFILE', soft: 512, hard })) } },
      { late: true },
    ),
  },
  {
    id: 'process-user',
    section: 'config.md#user',
    must: 'the program has the user, the groups and the umask of user',
    ask: prints('1000 1001 1001 2000 2001 0027', 'echo $(id -u) $(id -g) $(id -G) $(umask)', {
      'process.user': { uid: 1000, gid: 1001, umask: 0o27, additionalGids: [2000, 2001] },
    }),
  },
  {
    id: 'process-capabilities',
    section: 'config.md#linux-process',
    must: 'each set of capabilities is that of capabilities, as execve leaves it',
    ask: prints(
      [
        `CapInh:\t${setOf([bind])}`,
        // for another than root, what is ambient is what it gets
        ...['CapPrm', 'CapEff'].map(name => `${name}:\t${setOf([bind])}`),
        `CapBnd:\t${setOf([chown, kill, bind])}`,
        `CapAmb:\t${setOf([bind])}`,
      ].join('\n'),
      'grep ^Cap /proc/self/status',
      {
        'process.user': { uid: 1000, gid: 1000 },
        'process.capabilities': {
          bounding: [chown, kill, bind],
          permitted: [kill, bind],
          effective: [kill],
          inheritable: [bind],
          ambient: [bind],
        },
      },
    ),
  },
  {
    id: 'process-capabilities-unknown',
    section: 'config.md#linux-process',
    must: 'a capability that nobody knows is logged as a warning',
    ask: warnsOf(() => 'CAP_NONSUCH'),
  },
  {
    id: 'process-capabilities-lacking',
    section: 'config.md#linux-process',
    must: 'so is one that the runtime itself has not',
    needs: () => (lackingHere() === undefined ? 'the runtime has all capabilities' : null),
    ask: warnsOf(() => lackingHere()!),
  },
  {
    id: 'process-no-new-privileges',
    section: 'config.md#linux-process',
    must: 'noNewPrivileges is set',
    ask: prints('NoNewPrivs:\t1', 'grep ^NoNewPrivs /proc/self/status', { 'process.noNewPrivileges': true }),
  },
  {
    id: 'process-oom-score',
    section: 'config.md#linux-process',
    must: 'oomScoreAdj is set to the value that is given',
    ask: prints('321', 'cat /proc/self/oom_score_adj', { 'process.oomScoreAdj': 321 }),
  },
  {
    id: 'process-oom-score-kept',
    section: 'config.md#linux-process',
    must: 'without oomScoreAdj it is not changed',
    ask: prints(() => fs.readFileSync('/proc/self/oom_score_adj', 'utf8').trim(), 'cat /proc/self/oom_score_adj'),
  },
  {
    id: 'process-scheduler',
    section: 'config.md#linux-process',
    since: '1.1.0',
    must: 'scheduler is set',
    // proc_pid_stat(5): 41 is the policy; sched.h: 3 is SCHED_BATCH
    ask: prints('3', 'cut -d" " -f41 /proc/self/stat', {
      'process.scheduler': { policy: 'SCHED_BATCH' },
    }),
  },
  {
    id: 'process-io-priority',
    section: 'config.md#linux-process',
    since: '1.1.0',
    must: 'ioPriority is set',
    ask: async room => {
      const wish = { class: 'IOPRIO_CLASS_BE', priority: 6 }
      const output = await room.container('ionice -p $$', { 'process.ioPriority': wish }).ran()
      same('inside', output.trim().replace(/\s+/g, ' '), 'best-effort: prio 6')
    },
  },
  {
    id: 'hostname',
    section: 'config.md#hostname',
    must: 'hostname is set, in the container alone',
    ask: async room => {
      const before = fs.readFileSync('/proc/sys/kernel/hostname', 'utf8')
      same('inside', await room.container('hostname', { hostname: 'the-name' }).ran(), 'the-name\n')
      same('outside', fs.readFileSync('/proc/sys/kernel/hostname', 'utf8'), before)
    },
  },
  {
    id: 'domainname',
    section: 'config.md#domainname',
    since: '1.1.0',
    must: 'domainname is set',
    ask: prints('the.domain', 'cat /proc/sys/kernel/domainname', { domainname: 'the.domain' }),
  },
]
