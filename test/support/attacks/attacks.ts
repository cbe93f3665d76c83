/** The attacks that are known, each harmless here: it proves itself on a file, a process or a setting that was put there for it. */

import { execFileSync, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { which } from '#core/sys/probe'
import { readOr } from '#support/world'
import { type Attack, exists, imageOf } from './attack.js'

/** Of the machine's first cgroup namespace: the kernel's own number (proc_ns.h). Hierarchies are made in no other. */
const firstNamespace = 'cgroup:[4026531835]'
/** One whose last mount went while a cgroup of it was still going stays, mounted nowhere: whoever unmounts it after that ends it. */
function endHierarchy(name: string, at: string): void {
  fs.mkdirSync(at)
  for (let tries = 0; tries < 100 && readOr('', '/proc/self/cgroup').includes(`name=${name}:`); tries++) {
    execFileSync('mount', ['-t', 'cgroup', '-o', `none,name=${name}`, 'cgroup', at])
    execFileSync('umount', [at])
    execFileSync('sleep', ['0.05'])
  }
}

const canMakeHierarchies = (): boolean =>
  fs.readlinkSync('/proc/self/ns/cgroup') === firstNamespace && /\tcgroup$/m.test(readOr('', '/proc/filesystems'))

const up = '../'.repeat(16).slice(0, -1)

export const attacks: readonly Attack[] = [
  {
    name: 'chroot',
    cve: null,
    walls: ['pivot-root'],
    script: 'inside escape /tmp/trap /bin/cat $SECRET',
    prepare: ({ nonce, world }) => ({
      worked: ({ stdout }) => stdout.includes(nonce),
      after: () => fs.rmSync(`${world.rootfs}/tmp/trap`, { recursive: true, force: true }),
    }),
  },
  {
    name: 'kill',
    cve: null,
    walls: ['pid-namespace'],
    script: 'kill -9 $VICTIM && echo killed',
    prepare: () => {
      const victim = spawn('sleep', ['100'], { stdio: 'ignore' })
      const pid = String(victim.pid)
      const isAlive = (): boolean => !/^\d+ \(sleep\) Z|^$/.test(readOr('', `/proc/${pid}/stat`))
      return {
        env: { VICTIM: pid },
        worked: () => !isAlive(),
        names: [[pid, '4711']],
        after: () => void victim.kill('SIGKILL'),
      }
    },
  },
  {
    name: 'fork-bomb',
    cve: null,
    walls: ['pids-limit'],
    script: 'for i in $(seq 40); do sleep 1 & done; echo $i processes',
    prepare: () => ({ worked: ({ stdout }) => stdout.includes('40 processes') }),
  },
  {
    name: 'disk',
    cve: null,
    walls: ['device-rules'],
    script: 'mknod /tmp/disk b $DISK && head -n 1 /tmp/disk',
    missing: () => (which('losetup') === null || !exists('/dev/loop-control') ? 'loop devices' : null),
    prepare: ({ world, directory, nonce }) => {
      const image = `${directory}/disk`
      fs.writeFileSync(image, `a disk of the host: ${nonce}\n`.padEnd(4096, '\0'))
      const device = execFileSync('losetup', ['--find', '--show', '--read-only', image], { encoding: 'utf8' }).trim()
      return {
        env: {
          DISK: readOr('', `/sys/block/${device.slice('/dev/'.length)}/dev`)
            .trim()
            .replace(':', ' '),
        },
        worked: ({ stdout }) => stdout.includes(nonce),
        after: () => {
          execFileSync('losetup', ['--detach', device])
          fs.rmSync(`${world.rootfs}/tmp/disk`, { force: true })
        },
      }
    },
  },
  {
    name: 'release-agent',
    cve: 'CVE-2022-0492',
    walls: ['capabilities', 'seccomp', 'cgroup-namespace'],
    script: [
      'mkdir -p /tmp/c && mount -t cgroup -o none,name=$NAME cgroup /tmp/c && mkdir /tmp/c/x || exit',
      'echo 1 >/tmp/c/x/notify_on_release; echo $AGENT >/tmp/c/release_agent',
      "sh -c 'echo $$ >/tmp/c/x/cgroup.procs'; sleep 1; rmdir /tmp/c/x",
    ].join('\n'),
    missing: () => (canMakeHierarchies() ? null : 'the first cgroup namespace, and cgroup v1'),
    prepare: ({ directory, nonce }) => {
      const agent = `${directory}/agent`
      fs.writeFileSync(agent, `#!/bin/sh\nid -u >${directory}/proof\n`, { mode: 0o755 })
      return {
        env: { NAME: nonce, AGENT: agent },
        patience: 1000,
        worked: () => readOr('', `${directory}/proof`) === '0\n',
        after: () => endHierarchy(nonce, `${directory}/hierarchy`),
      }
    },
  },
  {
    name: 'core-pattern',
    cve: null,
    walls: ['readonly-paths'],
    shows: '/proc/sys)',
    script: 'cd /proc/sys/kernel; was=$(cat core_pattern); echo "$was" >core_pattern && echo written',
    prepare: () => ({ worked: ({ stdout }) => stdout === 'written\n' }),
  },
  {
    name: 'user-namespace',
    cve: 'CVE-2022-0185',
    walls: ['seccomp'],
    script: 'unshare -r grep CapEff /proc/self/status',
    prepare: () => ({
      worked: ({ stdout }) => /CapEff:\s+0000[0-9a-f]*ffff\n/.test(stdout),
      names: [[/0000[0-9a-f]*ffffffff/, '000001ffffffffff']],
    }),
  },
  {
    name: 'setuid',
    cve: null,
    walls: ['no-new-privs'],
    script: `helper facts | grep -o '"euid": *[0-9]*'`,
    prepare: place => {
      const image = imageOf(place, rootfs => {
        fs.copyFileSync(`${rootfs}/bin/inside`, `${rootfs}/bin/helper`)
        fs.chmodSync(`${rootfs}/bin/helper`, 0o4755)
      })
      return {
        change: spec => ({ ...image(spec), process: { ...spec.process, user: { uid: 1000, gid: 1000 } } }),
        worked: ({ stdout }) => /: *0\n/.test(stdout),
      }
    },
  },
  {
    name: 'mount-target',
    cve: 'CVE-2021-30465',
    walls: ['targets-by-fd'],
    shows: '/data/new',
    script: 'echo started',
    prepare: place => {
      const image = imageOf(place, rootfs => fs.symlinkSync(place.directory, `${rootfs}/data`))
      return {
        change: spec => ({
          ...image(spec),
          mounts: [...(spec.mounts ?? []), { destination: '/data/new', type: 'tmpfs', source: 'tmpfs' }],
        }),
        worked: () => exists(`${place.directory}/new`),
      }
    },
  },
  {
    name: 'null-device',
    cve: 'CVE-2025-31133',
    walls: ['null-device'],
    script: "grep -m1 -o '_ses[.].*:' /proc/keys",
    missing: () => (exists('/proc/keys') ? null : '/proc/keys'),
    prepare: place => {
      const image = imageOf(place, rootfs => {
        fs.rmSync(`${rootfs}/dev/null`, { force: true })
        fs.symlinkSync('/proc/keys', `${rootfs}/dev/null`)
      })
      return {
        change: spec => ({
          ...image(spec),
          mounts: (spec.mounts ?? []).filter(({ destination }) => !destination.startsWith('/dev')),
          linux: { ...spec.linux, maskedPaths: ['/proc/keys'] },
        }),
        worked: ({ stdout }) => stdout.includes('_ses.'),
        names: [[/_ses\.\w+/, '_ses.web']],
      }
    },
  },
  {
    name: 'leaked-fd',
    cve: 'CVE-2024-21626',
    walls: ['check-cwd'],
    script: `cat ${up}$SECRET`,
    prepare: ({ nonce }) => ({
      change: spec => ({ ...spec, process: { ...spec.process, cwd: '/proc/self/fd/5' } }),
      worked: ({ stdout }) => stdout.includes(nonce),
    }),
  },
  {
    name: 'overwrite',
    cve: 'CVE-2019-5736',
    walls: ['sealed-copy'],
    script: 'inside overwrite /bin/true $WORD',
    prepare: ({ directory, nonce }) => ({
      env: { WORD: nonce },
      // all of root's rights, as docker run --privileged gives them: with fewer it would not be let at that link
      change: spec => {
        const { capabilities: _, ...process } = spec.process
        const { seccomp: _none, ...linux } = spec.linux ?? {}
        return { ...spec, process, linux }
      },
      beside: ['true'],
      worked: () => readOr('', `${directory}/stage`).startsWith(nonce),
    }),
  },
]
