/** What `watch` does on a save, on a key and on a verdict. One grading at a time: a newer save makes the older one void. */

import { EventEmitter } from 'node:events'
import type { ToneLine } from '#core/doctor/lines'
import { MiniDockerError } from '#core/errors'
import type { Lab } from '#labs/index'
import { beginLines } from '#labs/runner/attempt/begin'
import { harmless } from '#labs/runner/attempt/words'
import { Grading } from '#labs/runner/grade/grading'
import { inspectGrader } from '#labs/runner/grade/intact'
import type { LabResult } from '#labs/runner/grade/results'
import { readProgress } from '#labs/runner/progress/progress'
import { record } from '#labs/runner/progress/record'
import { standings } from '#labs/runner/progress/standing'
import { differences, mustBeSolved } from '../commands/diff.js'
import { showNext } from '../commands/hint.js'
import { listLines } from '../commands/list.js'
import { allSolved, moveOn } from '../commands/next.js'
import { resetAttempt } from '../commands/reset.js'
import { digestOfFile } from '../digest.js'
import { attemptPath } from '../places.js'
import { changedLines, labLines } from '../report/text.js'
import { Saves } from './saves.js'
import type { Terminal } from './terminal.js'

const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

export class Watch {
  readonly #terminal: Terminal
  readonly #events = new EventEmitter()
  #lab: Lab
  #saves: Saves
  /** Started and not yet asked: so that a save does not wait for Node to start. */
  #ready = new Grading()
  #running: Grading | undefined
  #verdict: readonly ToneLine[] = []
  #below: readonly ToneLine[] = []
  #state = ''
  #asked: ((yes: boolean) => void) | undefined

  constructor(terminal: Terminal, lab: Lab) {
    this.#terminal = terminal
    this.#lab = lab
    this.#saves = this.#watchFile()
    this.#verdict = beginLines(lab)
  }

  #watchFile(): Saves {
    return new Saves(attemptPath(this.#lab), () => void this.#grade())
  }

  /** @returns the exit code */
  async untilQuit(): Promise<number> {
    const quit = new Promise<number>(resolve => this.#events.once('quit', resolve))
    for (const [signal, code] of Object.entries(signals)) process.on(signal, () => this.#events.emit('quit', code))
    process.stdin.on('end', () => this.#events.emit('quit', signals.SIGHUP))
    process.stdout.on('resize', () => this.#draw())
    process.stdout.on('error', () => this.#events.emit('quit', signals.SIGHUP))
    this.#terminal.onKey(key => this.#press(key))
    void this.#grade()
    const code = await quit
    this.#saves.stop()
    this.#terminal.restore()
    await Promise.all([this.#ready.stop(), this.#running?.stop()])
    return code
  }

  #press(key: string): void {
    if (key === '\x03' || key === '\x04') this.#events.emit('quit', key === '\x03' ? signals.SIGINT : 0)
    else if (key === '\x1a') this.#terminal.suspend(() => this.#draw())
    else this.#obey(key.toLowerCase())
  }

  /** What goes wrong is shown where its outcome would stand; watching goes on. */
  #obey(key: string): void {
    const asked = this.#asked
    this.#asked = undefined
    try {
      if (asked !== undefined) asked(key === 'y')
      else keys[key]?.(this)
    } catch (error) {
      const { message, hint = '' } = error as MiniDockerError
      this.#below = [
        [
          ['poor', harmless(message)],
          ['quiet', hint && `  (${harmless(hint)})`],
        ],
      ]
    }
    this.#draw()
  }

  quit = (): void => void this.#events.emit('quit', 0)
  hint = (): void => {
    this.#below = showNext(this.#lab)
  }
  list = (): void => {
    this.#below = listLines(standings(readProgress()))
  }
  run = (): void => void this.#grade()
  diff = (): void => {
    mustBeSolved(this.#lab)
    const text = differences(this.#lab, false) || 'your attempt is the reference, word for word'
    this.#below = text.split('\n').map((line): ToneLine => [[toneOfDiff(line), harmless(line)]])
  }
  next = (): void => {
    const lab = moveOn()
    if (lab === null) this.#below = allSolved
    else this.#goTo(lab)
  }
  reset = (): void => {
    this.#below = [
      [
        ['poor', `back to the skeleton? what you wrote is kept as attempt.ts.bak  `],
        ['plain', 'y / n'],
      ],
    ]
    this.#asked = yes => {
      const kept = yes ? resetAttempt(this.#lab) : null
      this.#below = kept === null ? [] : [[['quiet', `what you wrote is kept: ${kept}`]]]
    }
  }

  #goTo(lab: Lab): void {
    this.#saves.stop()
    this.#lab = lab
    this.#saves = this.#watchFile()
    this.#verdict = beginLines(lab)
    this.#below = []
    void this.#grade()
  }

  /** Types and plan first, shown at once; then effects. */
  async #grade(): Promise<void> {
    const lab = this.#lab
    const grading = this.#ready
    const older = this.#running
    this.#running = grading
    this.#ready = new Grading()
    this.#state = 'checking …'
    this.#below = []
    this.#draw()
    void older?.stop()
    const attempt = digestOfFile(attemptPath(lab))
    const isLatest = (): boolean => this.#running === grading
    try {
      const result = await grading.grade(lab, false, soFar => {
        if (isLatest()) this.#show(soFar, 'the plan holds; looking at the effects …')
      })
      if (result === null || !isLatest()) return
      this.#running = undefined
      const { intact } = inspectGrader()
      const lost = attempt === null ? null : record(lab, { result, attempt, whole: true, intact })
      this.#show(result, lost === null ? '' : `this is not recorded: ${lost}`)
    } catch (error) {
      if (!isLatest()) return
      this.#running = undefined
      this.#verdict = [[['bad', error instanceof MiniDockerError ? error.line : String((error as Error).stack)]]]
      this.#state = ''
      this.#draw()
    }
  }

  #show(result: LabResult, state: string): void {
    const grader = inspectGrader()
    const counts = grader.intact || result.status === 'unsolved' ? [] : [[] as ToneLine, ...changedLines(grader)]
    const begun = result.status === 'unsolved' ? [...beginLines(this.#lab), []] : []
    this.#verdict = [...begun, ...labLines(result), ...counts]
    this.#state = state
    this.#draw()
  }

  #draw(): void {
    const state: ToneLine[] = this.#state === '' ? [] : [[], [['poor', `  ${this.#state}`]]]
    const below = this.#below.length === 0 ? [] : [[], ...this.#below]
    this.#terminal.show([...this.#verdict, ...state, ...below, [], help])
  }
}

const keys: Readonly<Record<string, (watch: Watch) => void>> = {
  h: watch => watch.hint(),
  n: watch => watch.next(),
  l: watch => watch.list(),
  r: watch => watch.run(),
  x: watch => watch.reset(),
  d: watch => watch.diff(),
  q: watch => watch.quit(),
}
const help: ToneLine = [['quiet', 'h hint · n next · l list · r run all · d diff · x reset · q quit']]

const toneOfDiff = (line: string): 'good' | 'bad' | 'quiet' | 'plain' =>
  line.startsWith('+') ? 'good' : line.startsWith('-') ? 'bad' : line.startsWith('@@') ? 'quiet' : 'plain'
