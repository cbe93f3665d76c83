/**
 * A criu that says what it is told to say, for kernels on which the real one does not work: it is asked as that is, over the socket that
 * is its fd 3, and writes down what it was asked.
 */

import * as fs from 'node:fs'
import { decode, type Message, type Shape } from '#chapters/ch7-oci/checkpoint/protobuf'
import type { World } from './world.js'

/** Source: criu's images/rpc.proto. */
const shapes = {
  request: {
    type: 1,
    opts: [
      2,
      { images_dir_fd: 1, pid: 2, leave_running: 3, log_file: 10, notify_scripts: 12, root: 13, freeze_cgroup: 44 },
    ],
    notify_success: 3,
  },
  response: { type: 1, success: 2, restore: [4, { pid: 1 }], notify: [5, { script: 1, pid: 2 }] },
} as const satisfies Readonly<Record<string, Shape>>

export interface FakeCriu {
  /** Puts it before all others. */
  readonly env: Readonly<Record<string, string>>
  /** What it was asked for. */
  readonly asked: () => { readonly type: number; readonly opts: Message }
}

/**
 * @param script what it does when it has been asked: `opts` are the request's; `log` and `tell` write its log, and say what happens on
 * the way; `last` is its answer; `sleeper()` a process that goes on
 */
export function fakeCriu(world: World, script: string): FakeCriu {
  const directory = world.directoryOf({
    'fake.mjs': `import * as fs from 'node:fs'
import { spawn } from 'node:child_process'
import { decode, encode } from '${new URL('../../chapters/ch7-oci/checkpoint/protobuf.js', import.meta.url)}'
const shapes = ${JSON.stringify(shapes)}
const room = Buffer.alloc(65536)
const next = () => room.subarray(0, fs.readSync(3, room))
const request = next()
fs.writeFileSync(import.meta.dirname + '/asked', request)
const { type, opts } = decode(shapes.request, request)
const say = message => fs.writeSync(3, encode(shapes.response, message))
const log = text => fs.writeFileSync('/proc/' + process.ppid + '/fd/' + opts.images_dir_fd + '/' + opts.log_file, text)
const tell = (script, pid) => {
  say({ type: 6, success: true, notify: { script, pid } })
  return decode(shapes.request, next()).notify_success === 1
}
const last = (success, pid) => say({ type, success, ...(pid === undefined ? {} : { restore: { pid } }) })
const sleeper = () => spawn('sleep', ['100'], { detached: true, stdio: 'ignore' }).pid
${script}
process.exit()
`,
    criu: `#!/bin/sh\nexec ${process.execPath} ${'"$(dirname "$0")"'}/fake.mjs "$@"\n`,
  })
  fs.chmodSync(`${directory}/criu`, 0o755)
  return {
    env: { PATH: `${directory}:${process.env.PATH}` },
    asked: () => {
      const { type, opts } = decode(shapes.request, fs.readFileSync(`${directory}/asked`))
      return { type: type as number, opts: opts as Message }
    },
  }
}
