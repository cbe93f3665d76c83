/** One call of the runtime's command line, which may be wrong in any way: it may hang, and leave what it started behind. */

import * as fs from 'node:fs'

export interface Said {
  /** null: it did not end in time, and was killed. */
  readonly code: number | null
  readonly stdout: string
  /** All that it said on stderr, and the last line of it. */
  readonly stderr: string
  readonly why: string
}

export interface Call {
  readonly command: readonly string[]
  readonly cwd: string
  /** What the container has as its stdout; without it what the runtime says is read. */
  readonly output: string | null
  readonly errors: string
  readonly milliseconds: number
  /** Ends it before its time. */
  readonly signal: AbortSignal | null
}

/**
 * Files and no pipes: a pipe would end with the container, not with the runtime. The calls of a runtime are a session of their own,
 * so that one which hangs can be ended with all that it has started.
 */
export async function invoke({ command, cwd, output, errors, milliseconds, signal }: Call): Promise<Said> {
  const { spawn } = process.getBuiltinModule('node:child_process')
  const said = `${errors}.said`
  const fds = [fs.openSync(output ?? said, output === null ? 'w' : 'a'), fs.openSync(errors, 'w')]
  const [program, ...args] = command
  try {
    const child = spawn(program!, args, { cwd, detached: true, stdio: ['ignore', fds[0]!, fds[1]!] })
    const code = await new Promise<number | null>(resolve => {
      const stop = (): void => {
        try {
          process.kill(-child.pid!, 'SIGKILL')
        } catch {
          // it ended at this very moment
        }
        end(null)
      }
      const timer = setTimeout(stop, milliseconds)
      signal?.addEventListener('abort', stop)
      const end = (code: number | null): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', stop)
        resolve(code)
      }
      child.on('error', error => {
        fs.writeSync(fds[1]!, `${error.message}\n`)
        end(127)
      })
      child.on('exit', (code, signal) => end(code ?? (signal === null ? 1 : 128)))
    })
    const stderr = fs.readFileSync(errors, 'utf8').trim()
    const why = code === null ? 'does not end in time' : stderr.split('\n').at(-1)!
    return { code, stdout: output === null ? fs.readFileSync(said, 'utf8') : '', stderr, why }
  } finally {
    for (const fd of fds) fs.closeSync(fd)
  }
}
