/** A grading as who asked for it sees it: started ahead of time, heard early, stopped when it no longer matters. */

import { type ChildProcess, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { fileURLToPath } from 'node:url'
import { fail } from '#core/errors'
import type { Lab } from '#labs/index'
import type { Order, Report } from './grade-worker.js'
import type { LabResult } from './results.js'

const worker = fileURLToPath(new URL('./grade-worker.js', import.meta.url))
/** Far more than the limits of sandbox and room come to. */
const SECONDS = 180
/** What is asked to end has so long to do it. */
const GRACE_MS = 1500

export class Grading {
  readonly #scratch = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-lab.`)
  readonly #child: ChildProcess
  readonly #closed: Promise<void>
  #soFar: (result: LabResult) => void = () => undefined
  #end: Report | undefined
  #stderr = ''

  constructor() {
    fs.chmodSync(this.#scratch, 0o755) // nobody, who runs an attempt, has to get to it
    // in a session of its own: all that it starts can be ended at once, and a ^C at the terminal is ours to hear
    this.#child = spawn(process.execPath, ['--enable-source-maps', worker], {
      detached: true,
      env: { ...process.env, TMPDIR: this.#scratch },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child.stdin!.on('error', () => undefined) // it has ended already
    let out = ''
    this.#child.stdout!.setEncoding('utf8').on('data', text => {
      const lines = (out + text).split('\n')
      out = lines.pop()!
      for (const line of lines) this.#hear(JSON.parse(line) as Report)
    })
    this.#child.stderr!.setEncoding('utf8').on('data', text => (this.#stderr = (this.#stderr + text).slice(-4000)))
    this.#closed = new Promise(resolve => {
      this.#child.on('error', () => resolve())
      // whatever an attempt, or what looked at it, has left running
      this.#child.on('exit', () => this.#kill('SIGKILL'))
      this.#child.on('close', () => {
        this.#clean()
        resolve()
      })
    })
    running.add(this)
  }

  #hear(report: Report): void {
    if ('soFar' in report) this.#soFar(report.soFar)
    else if (!('ready' in report)) this.#end = report
  }

  #clean(): void {
    running.delete(this)
    // what was killed a moment ago may still be writing its last
    fs.rmSync(this.#scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }

  /** @returns null when it was stopped. @throws MiniDockerError when it is the grader that failed */
  async grade(lab: Lab, planOnly: boolean, soFar: (result: LabResult) => void = () => undefined) {
    this.#soFar = soFar
    const order: Order = { lab: lab.id, planOnly }
    this.#child.stdin!.write(`${JSON.stringify(order)}\n`)
    let over = false
    const limit = setTimeout(() => {
      over = true
      this.#kill('SIGKILL')
    }, SECONDS * 1000)
    await this.#closed
    clearTimeout(limit)
    if (this.#end !== undefined && 'done' in this.#end) return this.#end.done
    if (this.#stopped) return null
    const why = this.#end !== undefined && 'error' in this.#end ? this.#end.error : this.#stderr.trim()
    return fail('Unavailable', {
      what: `grading ${lab.id}`,
      why: why || (over ? `it did not end within ${SECONDS} s` : 'it ended without a verdict'),
    })
  }

  #stopped = false
  /** Comes back when nothing of it is left. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#kill('SIGTERM')
    const impatient = setTimeout(() => this.#kill('SIGKILL'), GRACE_MS)
    await this.#closed
    clearTimeout(impatient)
  }

  #kill(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.#child.pid!, signal)
    } catch {
      // nothing is left of it
    }
  }

  /** When there is no time to wait. */
  static endAll(): void {
    for (const one of running) {
      one.#kill('SIGKILL')
      one.#clean()
    }
  }
}

const running = new Set<Grading>()
process.on('exit', () => Grading.endAll())

/** Signals that would end this process without a word end it in an orderly way: no directory stays behind. */
export function endOrderly(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => process.exit(code))
  }
}
