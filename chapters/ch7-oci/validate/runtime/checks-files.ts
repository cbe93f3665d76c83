/** config-linux.md "Devices", "Default Devices", "Masked Paths", "Readonly Paths"; runtime-linux.md "Dev symbolic links". */

import * as fs from 'node:fs'
import { broken, type Check, same } from './check.js'
import { prints, refuses, shows } from './ways.js'

/** Numbers of mem(4) and tty(4), in hexadecimal as stat(1) has them. */
const usual = { null: '1:3', zero: '1:5', full: '1:7', random: '1:8', urandom: '1:9', tty: '5:0' } as const

const links = { fd: '/proc/self/fd', stdin: '/proc/self/fd/0', stdout: '/proc/self/fd/1', stderr: '/proc/self/fd/2' }

const device = { type: 'c', path: '/dev/of-ours', major: 1, minor: 3, fileMode: 0o640, uid: 7, gid: 8 }
const told = (path: string): string => `stat -c "%F %t:%T %a %u:%g" ${path}`

export const fileChecks: readonly Check[] = [
  {
    id: 'devices-default',
    section: 'config-linux.md#default-devices',
    must: 'null, zero, full, random, urandom, tty and ptmx are there, whatever config.json says',
    ask: shows(
      `for d in ${Object.keys(usual).join(' ')}; do stat -c "%F %t:%T" /dev/$d; done; readlink /dev/ptmx || stat -c "%F %t:%T" /dev/ptmx`,
      {},
      lines => {
        for (const [i, [name, numbers]] of Object.entries(usual).entries()) {
          if (lines[i] !== `character special file ${numbers}`) return `/dev/${name}: ${lines[i]}`
        }
        const ptmx = lines.at(-1)!
        return ['pts/ptmx', '/dev/pts/ptmx', 'character special file 5:2'].includes(ptmx) ? null : `/dev/ptmx: ${ptmx}`
      },
    ),
  },
  {
    id: 'dev-links',
    section: 'runtime-linux.md#dev-symbolic-links',
    must: '/dev/fd, stdin, stdout and stderr lead to those of the process',
    ask: prints(
      Object.values(links).join('\n'),
      Object.keys(links)
        .map(name => `readlink /dev/${name}`)
        .join('; '),
    ),
  },
  {
    id: 'devices',
    section: 'config-linux.md#devices',
    must: 'a device that is listed is there, with its numbers, mode and owner',
    ask: prints(
      ['character special file 1:3 640 7:8', 'fifo 0:0 600 0:0'].join('\n'),
      [device.path, '/dev/a-pipe'].map(told).join('; '),
      { 'linux.devices': [device, { type: 'p', path: '/dev/a-pipe', fileMode: 0o600 }] },
    ),
  },
  {
    id: 'devices-in-the-way',
    section: 'config-linux.md#devices',
    must: 'a file of another kind at the place of a device is an error',
    ask: async room => {
      const rootfs = room.copyRootfs()
      fs.writeFileSync(`${rootfs}/in-the-way`, 'a file')
      await refuses({
        'a regular file': { 'root.path': rootfs, 'linux.devices': [{ ...device, path: '/in-the-way' }] },
      })(room)
      same('the file', fs.readFileSync(`${rootfs}/in-the-way`, 'utf8'), 'a file')
    },
  },
  {
    id: 'masked-paths',
    section: 'config-linux.md#masked-paths',
    must: 'what is masked cannot be read',
    ask: async room => {
      const container = room.container('wc -c < /proc/version; ls -A /proc/fs /etc/masked; echo end', {
        'linux.maskedPaths': ['/proc/version', '/proc/fs', '/etc/masked', '/proc/nonsuch'],
        'root.path': room.copyRootfs(),
      })
      const { root } = container.config<{ root: { path: string } }>()
      fs.mkdirSync(`${root.path}/etc/masked/secret`, { recursive: true })
      const output = await container.ran()
      if (!output.trim().endsWith('end')) broken(`it did not come to the end: ${output.trim()}`)
      const first = output.split('\n')[0]!
      if (first !== '0' && !/denied|permitted/.test(first)) broken(`/proc/version has ${first} bytes`)
      if (output.includes('secret')) broken('what is in /etc/masked is seen')
    },
  },
  {
    id: 'masked-paths-relative',
    section: 'config-linux.md#masked-paths',
    must: 'a masked path that is not absolute is an error',
    ask: refuses({ 'a relative path': { 'linux.maskedPaths': ['proc/version'] } }),
  },
  {
    id: 'readonly-paths',
    section: 'config-linux.md#readonly-paths',
    must: 'a read-only path can be read and not written to',
    ask: prints(
      'a word\nread only\nread only',
      `echo a word > /tmp/seen; cat /proc/sys/kernel/hostname > /dev/null && cat /tmp/seen
for file in /proc/sys/kernel/hostname /etc/new; do if (echo x > $file) 2>/dev/null; then echo writable; else echo read only; fi; done`,
      { 'linux.readonlyPaths': ['/proc/sys', '/etc', '/proc/nonsuch'] },
    ),
  },
  {
    id: 'readonly-paths-relative',
    section: 'config-linux.md#readonly-paths',
    must: 'a read-only path that is not absolute is an error',
    ask: refuses({ 'a relative path': { 'linux.readonlyPaths': ['proc/sys'] } }),
  },
]
