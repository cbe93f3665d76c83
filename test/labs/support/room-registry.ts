/** Registries in the room: ours, with the attempt in it, and requests to it that no client of ours makes. */

import type { ChildProcess } from 'node:child_process'
import * as fs from 'node:fs'
import type { Ran, Room } from '#labs/runner/room/room'

/** A run that is not waited for, to its end: whoever serves it is in this process. */
export function ended(child: ChildProcess): Promise<Ran> {
  let [stdout, stderr] = ['', '']
  child.stdout!.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr!.setEncoding('utf8').on('data', text => (stderr += text))
  const limit = setTimeout(() => child.kill('SIGKILL'), 20_000)
  return new Promise(resolve => {
    child.once('close', code => {
      clearTimeout(limit)
      resolve({ code: code ?? 137, stdout, stderr })
    })
  })
}

/** `ch5 serve` with the attempt, for as long as `use` takes. @param use is given where it is: `http://127.0.0.1:40123` */
export async function served<T>(
  room: Room,
  flags: readonly string[],
  use: (url: string, root: string) => Promise<T>,
  root = `${room.scratch}/${room.nonce()}`,
): Promise<T> {
  fs.mkdirSync(root, { recursive: true })
  const child = room.begin(['ch5', 'serve', '--listen', '127.0.0.1:0', '--root', root, '--log', 'none', ...flags])
  const end = ended(child)
  try {
    const url = await Promise.race([
      new Promise<string>(resolve => {
        let said = ''
        child.stdout!.on('data', (text: string) => {
          said += text
          const [, found] = /registry at (http:\S+),/.exec(said) ?? []
          if (found !== undefined) resolve(found)
        })
      }),
      end.then(({ stderr }) => Promise.reject(new Error(`ch5 serve: ${stderr.trim()}`))),
    ])
    return await use(url, root)
  } finally {
    child.kill('SIGTERM')
    await end
  }
}
