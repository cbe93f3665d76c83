/** Searches for a program, and where each has to lead: what the grader of ch1/find-program asks. */

import { defaultPath, type Process } from '#core/spec/runtime'

/** A question to `candidates`, and the directories or the path of its answer. */
export interface Ask {
  readonly program: string
  readonly env?: readonly string[]
  readonly cwd?: string
  readonly wanted: readonly string[]
}
const decoys = ['LD_LIBRARY_PATH=/opt/lib', 'PATHEXT=/opt/ext', 'INFOPATH=/opt/info']
const usual = defaultPath.split(':').map(directory => `${directory}/tool`)

/** The checks that ask `candidates` alone. A path may be spelled in any way, and one that comes twice does no harm. */
export const searches: Readonly<Record<string, { title: string; points: number; asks: readonly Ask[] }>> = {
  'absolute-as-it-is': {
    title: 'an absolute path is the one candidate',
    points: 1,
    asks: [
      { program: '/opt/tool', env: ['PATH=/bin'], cwd: '/srv', wanted: ['/opt/tool'] },
      { program: '/tool', cwd: '/', wanted: ['/tool'] },
    ],
  },
  'slash-means-path': {
    title: 'a name with a slash is a path, from the working directory on',
    points: 1,
    asks: [
      { program: 'bin/tool', env: ['PATH=/bin'], cwd: '/srv/app', wanted: ['/srv/app/bin/tool'] },
      { program: './tool', env: ['PATH=/bin'], cwd: '/', wanted: ['/tool'] },
      { program: '../tool', cwd: '/srv/app', wanted: ['/srv/tool'] },
    ],
  },
  'path-in-order': {
    title: "each directory of the container's PATH, in its order",
    points: 1,
    asks: [
      { program: 'tool', env: ['PATH=/opt/b:/opt/a'], wanted: ['/opt/b/tool', '/opt/a/tool'] },
      { program: 'tool', env: ['HOME=/root', 'PATH=/only one'], cwd: '/srv', wanted: ['/only one/tool'] },
      { program: 'tool', env: [...decoys, 'PATH=/opt/a:/bin'], wanted: ['/opt/a/tool', '/bin/tool'] },
    ],
  },
  'default-path': {
    title: 'without a PATH it is the default one',
    points: 1,
    asks: [
      { program: 'tool', env: ['HOME=/root'], cwd: '/srv', wanted: usual },
      { program: 'tool', cwd: '/srv', wanted: usual },
      { program: 'tool', env: decoys, cwd: '/srv', wanted: usual },
      { program: 'tool', env: ['PATH='], cwd: '/srv', wanted: usual },
    ],
  },
  'empty-entry-is-cwd': {
    title: 'an empty entry of PATH is the working directory, and a relative one begins there',
    points: 1,
    asks: [
      { program: 'tool', env: ['PATH=/a::/b'], cwd: '/srv', wanted: ['/a/tool', '/srv/tool', '/b/tool'] },
      { program: 'tool', env: ['PATH=:/a'], cwd: '/', wanted: ['/tool', '/a/tool'] },
      { program: 'tool', env: ['PATH=/a:'], cwd: '/srv', wanted: ['/a/tool', '/srv/tool'] },
      { program: 'tool', env: ['PATH=tools:/a'], cwd: '/srv', wanted: ['/srv/tools/tool', '/a/tool'] },
    ],
  },
}

export const processOf = ({ program, env, cwd = '/' }: Ask): Process => ({
  args: [program, '-x'],
  ...(env === undefined ? {} : { env }),
  cwd,
  user: { uid: 0, gid: 0 },
})

/** The same candidates in the same order, however they are spelled. */
export const same = (found: readonly string[], wanted: readonly string[]): boolean =>
  [...new Set(found.map(tidy))].join('\n') === [...new Set(wanted)].join('\n')

/** Without what does not change where an absolute path leads; any other stays as it is. */
function tidy(path: string): string {
  if (!path.startsWith('/')) return path
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return `/${names.join('/')}`
}
