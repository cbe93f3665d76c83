/** What the kernel shows of the mounts of ch2/mounts. */

import * as fs from 'node:fs'
import { defaultSpec } from '#chapters/ch2-namespaces/default-spec'
import { defaultPath, type Mount } from '#core/spec/runtime'
import { probeFacts } from '#core/sys/probe'
import type { Failure } from '#labs/runner/grade/grader'
import type { Ran, Room } from '#labs/runner/room/room'
import { type MountRow, parseFacts, parseMounts } from '#support/inside'
import { said } from '../black-box/view.js'

/** Runs a container that is not made of flags: they know only some of the words that a spec may use. */
function runSpec(room: Room, rootfs: string, mounts: readonly Mount[], args: readonly string[]): Ran {
  const process = { args, env: [`PATH=${defaultPath}`], cwd: '/', user: { uid: 0, gid: 0 } }
  const file = `${room.scratch}/${room.nonce()}.json`
  fs.writeFileSync(file, JSON.stringify(defaultSpec({ rootfs, process, mounts }, probeFacts())))
  return room.run(['ch2', 'run', '--spec', file])
}

const directory = (room: Room, files: Readonly<Record<string, string>>): string => {
  const path = `${room.scratch}/${room.nonce()}`
  fs.mkdirSync(path)
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(`${path}/${name}`, text)
  return path
}

/** What must be seen at a path: type of the file system ('' where it is the host's), options, options of the file system. */
const shown: Readonly<Record<string, readonly [type: string, options: readonly string[], data: readonly string[]]>> = {
  '/proc': ['proc', ['rw', 'nosuid', 'nodev', 'noexec'], []],
  '/dev': ['tmpfs', ['rw', 'nosuid'], ['mode=755', 'size=65536k']],
  '/dev/pts': ['devpts', ['rw', 'nosuid', 'noexec'], ['ptmxmode=666']],
  '/sys': ['sysfs', ['ro', 'nosuid'], []],
  '/etc/nonce': ['', ['ro', 'nosuid'], []],
  '/deep/place': ['', ['rw', 'nodev', 'noatime'], []],
  '/deep/place/scratch': ['tmpfs', ['ro', 'nosuid'], ['size=3072k']],
  '/speaks': ['tmpfs', ['rw'], []],
}

function rowFailure(rows: readonly MountRow[]): Failure | null {
  for (const [at, [type, options, data]] of Object.entries(shown)) {
    const row = rows.findLast(one => one.at === at)
    const expected = `a mount at ${at}: ${[type, ...options, ...data].filter(word => word !== '').join(' ')}`
    if (row === undefined) return { expected, found: `mounts at ${rows.map(one => one.at).join(' ')}` }
    const lacks = [
      ...(type === '' || row.type === type ? [] : [type]),
      ...options.filter(option => !row.options.includes(option)),
      ...data.filter(word => !row.superOptions.includes(word)),
    ]
    if (lacks.length > 0)
      return { expected, found: `without ${lacks.join(' ')}: ${row.type} ${row.options} ${row.superOptions}` }
  }
  const speaks = rows.find(({ at }) => at === '/speaks')!
  return speaks.propagation.some(word => word.startsWith('shared:'))
    ? null
    : { expected: '/speaks is a shared mount', found: `it is ${speaks.propagation.join(' ') || 'private'}` }
}

export function kernelShowsThem(room: Room): Failure | null {
  const [text, more] = [room.nonce(), room.nonce()]
  const source = directory(room, { file: text, other: more })
  const rootfs = room.rootfs()
  const mounts: Mount[] = [
    { destination: '/etc/nonce', source: `${source}/file`, options: ['bind', 'ro', 'nosuid'] },
    { destination: '/deep/place', source, options: ['rbind', 'noatime', 'nodev'] },
    { destination: '/deep/place/scratch', type: 'tmpfs', options: ['ro', 'nosuid', 'size=3m'] },
    { destination: '/speaks', type: 'tmpfs', source: 'tmpfs', options: ['shared'] },
  ]
  const before = room.read('/proc/self/mountinfo')
  const ran = runSpec(room, rootfs, mounts, ['sh', '-c', 'cat /etc/nonce /deep/place/other; echo; inside facts'])
  const [words, facts = ''] = ran.stdout.split('\n')
  if (ran.code !== 0 || words !== text + more)
    return { expected: 'a file of the host is seen at /etc/nonce, a directory at /deep/place', found: said(ran) }
  const { mountinfo, processes } = parseFacts(facts)
  const failure = rowFailure(parseMounts(mountinfo ?? []))
  if (failure !== null) return failure
  if (processes.some(pid => pid > 9))
    return { expected: 'a /proc that shows the container alone', found: `processes ${processes.join(' ')}` }
  const again = runSpec(room, rootfs, mounts, ['true'])
  if (again.code !== 0) return { expected: 'the same container starts a second time', found: said(again) }
  return room.read('/proc/self/mountinfo') === before
    ? null
    : { expected: 'the mounts of the host are as before', found: 'its /proc/self/mountinfo has changed' }
}

export function readOnlyToTheBottom(room: Room): Failure | null {
  const [above, below] = [room.nonce(), room.nonce()]
  const source = directory(room, { file: above })
  fs.mkdirSync(`${source}/sub`)
  fs.chmodSync(source, 0o777)
  room.start(['mount', '-t', 'tmpfs', '-o', 'mode=777', 'tmpfs', `${source}/sub`])
  try {
    fs.writeFileSync(`${source}/sub/file`, below)
    const write =
      'for p in new sub/new; do (echo x >/data/$p) 2>/dev/null && echo "$p"; done; cat /data/file /data/sub/file'
    for (const flags of [[], ['--userns']]) {
      const volume = ['--rootfs', room.rootfs(), '-v', `${source}:/data:ro`]
      const ran = room.run(['ch2', 'run', ...flags, ...volume, '--', 'sh', '-c', write])
      if (ran.stdout !== above + below || fs.existsSync(`${source}/new`) || fs.existsSync(`${source}/sub/new`))
        return {
          expected: 'two files are read, one of them in a mount below the volume, and none can be written',
          found: `${['ch2 run', ...flags].join(' ')} -v …:/data:ro: ${said(ran)}`,
        }
    }
    return null
  } finally {
    room.start(['umount', `${source}/sub`])
  }
}
