/**
 * The half of the sandbox that runs inside: it is bundled with an attempt, gets questions on stdin, and writes one line of
 * JSON an answer to fd 3. It decides nothing: what an answer is worth is judged outside.
 */

import * as fs from 'node:fs'

/** Calls an export. `args` are lists, one for each pair of parentheses: `bridge(id, veth, lease)(spec, facts)`. */
export interface Question {
  readonly export: string
  readonly args: readonly (readonly unknown[])[]
}
export interface Fault {
  readonly name: string
  readonly message: string
  /** Of an error that the tool itself throws: `InvalidArgument` … */
  readonly class?: string
  readonly stack: string
}
export type Answer = { readonly value: unknown } | { readonly fault: Fault } | { readonly missing: true }

const ANSWERS = 3

export async function answer(load: () => Promise<Readonly<Record<string, unknown>>>): Promise<void> {
  const questions = JSON.parse(fs.readFileSync(0, 'utf8')) as Question[]
  const say = (answer: Answer): void => {
    const line = `${textOf(answer)}\n`
    for (let at = 0; at < line.length; ) at += fs.writeSync(ANSWERS, line.slice(at))
  }
  // whatever it has left running, or wants to run at the end, comes too late to be heard
  const end = (process as unknown as { reallyExit(code: number): never }).reallyExit.bind(process, 0)
  takeAway()
  let exports: Readonly<Record<string, unknown>>
  try {
    exports = await load()
  } catch (error) {
    for (const _ of questions) say({ fault: faultOf(error) })
    return end()
  }
  for (const question of questions) say(answerOne(exports, question))
  end()
}

/** What has no form in JSON, a circle, is as much a fault as what was thrown. */
function textOf(answer: Answer): string {
  try {
    return JSON.stringify(answer)
  } catch (error) {
    return JSON.stringify({ fault: faultOf(error) })
  }
}

export function answerOne(exports: Readonly<Record<string, unknown>>, { export: name, args }: Question): Answer {
  try {
    const part = exports[name]
    if (typeof part !== 'function') return { missing: true }
    const value = args.reduce<unknown>((f, some) => (f as (...args: readonly unknown[]) => unknown)(...some), part)
    if (isPromise(value)) throw new Error('it returned a promise: a part is not async, it gives its steps at once')
    return { value }
  } catch (error) {
    return { fault: faultOf(error) }
  }
}

const isPromise = (value: unknown): boolean =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function'

/** Node's permission model leaves a process its signals and its exit: an attempt has no use for either. */
function takeAway(): void {
  const refuse = (name: string) => () => {
    throw new Error(`process.${name} is not for a part: it returns steps, and nothing else`)
  }
  // _debugProcess signals, too: whom it names would listen for a debugger, which could be the attempt
  const signals = ['kill', '_kill', '_debugProcess', '_debugEnd']
  for (const name of [
    ...signals,
    'exit',
    'reallyExit',
    'execve',
    'abort',
    'dlopen',
    'binding',
    '_linkedBinding',
    'chdir',
  ]) {
    Object.defineProperty(process, name, { value: refuse(name), writable: false, configurable: false })
  }
}

function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { name: 'thrown', message: String(error), stack: '' }
  const ofOurs = 'class' in error && typeof error.class === 'string' ? { class: error.class } : {}
  return { name: error.name, message: error.message, ...ofOurs, stack: error.stack ?? '' }
}
