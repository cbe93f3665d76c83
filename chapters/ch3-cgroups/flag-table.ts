/** ch3's flags, as docker run and docker update have them: data. What they mean: flags.ts. */

import type { Flag } from '#core/cli/flags'

/** Those that can be changed while the container runs. */
export const liveFlags: readonly Flag[] = [
  { name: 'cpus', value: 'N', about: 'processors, down to a hundredth: 0.5 is half the time of one' },
  { name: 'cpu-shares', value: 'N', about: 'its part when all want the processors (usual: 1024)' },
  { name: 'cpu-period', value: 'USEC', about: 'in words of the kernel: what a quota is a part of (usual: 100000)' },
  { name: 'cpu-quota', value: 'USEC', about: 'processor time in each period; -1: no limit' },
  { name: 'cpuset-cpus', value: 'LIST', about: 'the processors it may run on: 0-2,4' },
  { name: 'cpuset-mems', value: 'LIST', about: 'the memory nodes it may use' },
  { name: 'memory', short: 'm', value: 'BYTES', about: 'all that it may have: 64m, 1.5g' },
  { name: 'memory-swap', value: 'BYTES', about: 'memory and swap together; -1: as much swap as there is' },
  { name: 'memory-reservation', value: 'BYTES', about: 'what it may count on when memory is short' },
  { name: 'pids-limit', value: 'N', about: 'processes and threads; -1: no limit' },
  { name: 'blkio-weight', value: 'N', about: 'its part of the disks when all want them: 10 to 1000' },
  { name: 'net-rate-in', value: 'RATE', about: 'on the bridge: what it may receive, 10mbit' },
  { name: 'net-rate-out', value: 'RATE', about: 'on the bridge: what it may send, 2mbit' },
  {
    name: 'net-burst-in',
    value: 'BYTES',
    about: 'what may come at once after a pause (usual: 10 ms of it, 32k at least)',
  },
  { name: 'net-burst-out', value: 'BYTES', about: 'what may go at once after a pause' },
]

export const startFlags: readonly Flag[] = [
  { name: 'memory-swappiness', value: 'N', about: 'how soon its pages are swapped out, 0 to 100 (v1)' },
  { name: 'oom-kill-disable', about: 'at the memory limit it waits, instead of being killed (v1)' },
  { name: 'device-read-bps', value: 'DEVICE:BYTES', many: true, about: 'read from a disk, a second: /dev/sda:1mb' },
  { name: 'device-write-bps', value: 'DEVICE:BYTES', many: true, about: 'written to it, a second' },
  { name: 'device-read-iops', value: 'DEVICE:N', many: true, about: 'reads, a second' },
  { name: 'device-write-iops', value: 'DEVICE:N', many: true, about: 'writes, a second' },
  { name: 'device-cgroup-rule', value: 'RULE', many: true, about: "a device more that it may use: 'c 10:229 rwm'" },
  { name: 'oom-score-adj', value: 'N', about: 'who is killed first when the machine has no memory: -1000 to 1000' },
  { name: 'ulimit', value: 'NAME=SOFT[:HARD]', many: true, about: 'limits of each process: nofile=1024:2048' },
  { name: 'cgroup-parent', value: 'PATH', about: 'the cgroup to be below (usual: /mini-docker)' },
  { name: 'cgroup-conf', value: 'FILE=VALUE', many: true, about: 'a file of cgroup v2 by its name: memory.high=32M' },
]
