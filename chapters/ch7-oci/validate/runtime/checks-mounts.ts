/** config.md "Root", "Mounts", "Linux mount options": what is mounted, in which order, and what its options do. */

import * as fs from 'node:fs'
import { Broken, broken, type Check, same, skip } from './check.js'
import { more } from './config.js'
import { optionWords, wrongOf } from './option-words.js'
import { prints, refuses, shows } from './ways.js'

const tmpfs = (name: string, options: readonly string[] = []) => ({
  destination: `/mnt/${name}`,
  type: 'tmpfs',
  source: name,
  options,
})

/** Where they are not taken together: what those show that are taken alone. */
async function oneByOne(names: readonly string[], seen: (names: readonly string[]) => Promise<string>) {
  const tables: string[] = []
  for (const name of names) {
    try {
      tables.push(await seen([name]))
    } catch (error) {
      if (!(error instanceof Broken)) throw error
    }
  }
  return tables
}

const propagations = ['private', 'shared', 'slave', 'unbindable'] as const

/** proc_pid_mountinfo(5): what stands in front of the dash. @returns the word of propagation; 'private' has none */
function propagationOf(line: string): string {
  const fields = line.split(' - ')[0]!.split(' ').slice(6)
  if (fields.some(field => field.startsWith('shared:'))) return 'shared'
  if (fields.includes('unbindable')) return 'unbindable'
  return fields.some(field => field.startsWith('master:')) ? 'slave' : 'private'
}

export const mountChecks: readonly Check[] = [
  {
    id: 'root-path',
    section: 'config.md#root',
    must: 'a root that is not there is an error',
    ask: refuses({ 'a path to nothing': { 'root.path': '/nonsuch/rootfs' } }),
  },
  {
    id: 'root-relative',
    section: 'config.md#root',
    must: 'a relative path of the root is one below the bundle',
    ask: async room => {
      const container = room.container('cat /word', { 'root.path': 'its-root' })
      const rootfs = room.copyRootfs()
      fs.writeFileSync(`${rootfs}/word`, 'the right one\n')
      fs.renameSync(rootfs, `${container.bundle}/its-root`)
      same('inside', await container.ran(), 'the right one\n')
    },
  },
  {
    id: 'root-readonly',
    section: 'config.md#root',
    must: 'a root with readonly cannot be written to',
    ask: prints('read only', 'if touch /written 2>/dev/null; then echo writable; else echo read only; fi', {
      'root.readonly': true,
    }),
  },
  {
    id: 'root-writable',
    section: 'config.md#root',
    must: 'a root without readonly can be written to',
    ask: prints('writable', 'if touch /written; then rm /written; echo writable; fi'),
  },
  {
    id: 'mounts-order',
    section: 'config.md#mounts',
    must: 'mounts are made in the order of their list: the later lies on the earlier',
    ask: shows(
      'grep " /mnt" /proc/self/mountinfo',
      { mounts: more(tmpfs('', ['size=1m']), tmpfs('a'), tmpfs('a/b'), tmpfs('a')) },
      lines => {
        const seen = lines.map(line => line.split(' ')[4]).join(' ')
        return seen === '/mnt /mnt/a /mnt/a/b /mnt/a' || seen === '/mnt/ /mnt/a /mnt/a/b /mnt/a'
          ? null
          : `they are ${seen}`
      },
    ),
  },
  {
    id: 'mounts-relative',
    section: 'config.md#mounts',
    must: 'a relative destination is one below /',
    ask: shows(
      'grep " /mnt/relative " /proc/self/mountinfo',
      { mounts: more({ ...tmpfs('relative'), destination: 'mnt/relative' }) },
      lines => (lines[0] === '' ? 'nothing is mounted at /mnt/relative' : null),
    ),
  },
  {
    id: 'mounts-in-root',
    section: 'config.md#mounts',
    must: 'a destination is a path inside the container, whatever links lie on it',
    ask: async room => {
      const [rootfs, outside] = [room.copyRootfs(), room.newDirectory()]
      fs.symlinkSync(outside, `${rootfs}/link`)
      const container = room.container(`grep -c " ${outside}/at " /proc/self/mountinfo`, {
        'root.path': rootfs,
        mounts: more({ destination: '/link/at', type: 'tmpfs', source: 'tmpfs' }),
      })
      const said = await container.create()
      if (fs.readdirSync(outside).length > 0) broken('it follows the link out of the root')
      if (said.code !== 0) return // refusing is as safe
      await container.started()
      await container.ended()
      same('mounts inside', container.output().trim(), '1')
    },
  },
  {
    id: 'mount-options',
    section: 'config.md#linux-mount-options',
    must: 'every option that Linux runtimes must know is taken, and seen where the kernel shows it',
    ask: async room => {
      const all = optionWords
      const seen = (names: readonly string[]): Promise<string> =>
        room.container('cat /proc/self/mountinfo', { mounts: more(...names.map(name => tmpfs(name, [name]))) }).ran()
      const together = room.container('true', { mounts: more(...all.map(name => tmpfs(name, [name]))) })
      const isTaken = (await together.create()).code === 0
      const tables = isTaken ? [await seen(all)] : await oneByOne(all, seen)
      const wrong = all.flatMap(word => wrongOf(word, tables.join('\n').split('\n')))
      if (wrong.length > 0) broken(wrong.join('; '))
    },
  },
  {
    id: 'mount-options-last',
    section: 'config.md#linux-mount-options',
    must: 'the opposite of an option takes it back',
    ask: shows(
      'grep " /mnt/both " /proc/self/mountinfo',
      { mounts: more(tmpfs('both', ['nosuid', 'noexec', 'ro', 'suid', 'exec', 'rw'])) },
      ([line = '']) => (/nosuid|noexec|\bro\b/.test(line.split(' ')[5] ?? '') ? `it is ${line.split(' ')[5]}` : null),
    ),
  },
  {
    id: 'mount-remount',
    section: 'config.md#linux-mount-options',
    must: 'remount changes a mount that is there',
    ask: shows(
      'grep " /mnt/again " /proc/self/mountinfo',
      { mounts: more(tmpfs('again'), tmpfs('again', ['remount', 'ro'])) },
      lines => {
        if (lines.length !== 1) return `it is mounted ${lines.length} times`
        return /\bro\b/.test(lines[0]!.split(' - ')[1] ?? '') || /^ro\b/.test(lines[0]!.split(' ')[5] ?? '')
          ? null
          : 'it is not read-only'
      },
    ),
  },
  {
    id: 'mount-bind',
    section: 'config.md#linux-mount-options',
    must: 'bind shows a tree without what is mounted in it, rbind with it',
    ask: async room => {
      const below = '/dev/pts'
      if (!fs.readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${below} `))
        skip(`nothing is mounted at ${below}`)
      const bind = (option: string) => ({
        destination: `/mnt/${option}`,
        type: 'bind',
        source: '/dev',
        options: [option],
      })
      const container = room.container('grep " /mnt/.*/pts " /proc/self/mountinfo | cut -d" " -f5 | sort -u', {
        mounts: more(bind('bind'), bind('rbind')),
      })
      same('below', (await container.ran()).trim(), '/mnt/rbind/pts')
    },
  },
  {
    id: 'mount-bind-readonly',
    section: 'config.md#linux-mount-options',
    must: 'the options of a bind mount are its own',
    ask: async room => {
      const source = room.newDirectory()
      const container = room.container(
        'if touch /mnt/bound/x 2>/dev/null; then echo writable; else echo read only; fi',
        {
          mounts: more({ destination: '/mnt/bound', type: 'bind', source, options: ['bind', 'ro', 'nosuid', 'nodev'] }),
        },
      )
      same('inside', await container.ran(), 'read only\n')
      fs.writeFileSync(`${source}/outside`, '')
    },
  },
  ...(['', 'r'] as const).map(
    (deep): Check => ({
      id: `mount-${deep}propagation`,
      section: 'config.md#linux-mount-options',
      must: `${propagations.map(word => deep + word).join(', ')} set the propagation of a bind mount`,
      ask: async room => {
        const source = room.newDirectory()
        const mounts = propagations.map(word => ({
          destination: `/mnt/${word}`,
          type: 'bind',
          source,
          options: [`${deep}bind`, deep + word],
        }))
        const output = await room.container('cat /proc/self/mountinfo', { mounts: more(...mounts) }).ran()
        for (const word of propagations) {
          const line = output.split('\n').find(one => one.split(' ')[4] === `/mnt/${word}`)
          if (line === undefined) broken(`${deep}${word}: is not mounted`)
          const is = propagationOf(line)
          // a slave of a mount that nobody shares is a private one
          if (is !== word && !(word === 'slave' && is === 'private')) broken(`${deep}${word}: is ${is}`)
        }
      },
    }),
  ),
]
