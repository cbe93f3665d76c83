/**
 * Runs a grader over all mutants of its lab's reference: which does it let through? Plan checks in a thread of ours, because
 * there are hundreds; what those let through goes to the effect checks.
 */

import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { transform } from 'esbuild'
import type { Lab } from '#labs/index'
import { compileInto } from '#labs/runner/attempt/attempts'
import { cutReference } from '#labs/runner/attempt/cut'
import { newAttemptsDirectory } from '#labs/runner/attempt/sandbox'
import { judgeEffects } from '#labs/runner/grade/effects'
import { loadGrader } from '#labs/runner/grade/grade'
import { labDirectory, referencePath, repository } from '#labs/runner/places'
import { mutantsOf } from './mutants.js'

/** `labs/<id>/mutants.json`: what is known of mutants that live. Named as the mutator does, without line numbers: those drift. */
interface Known {
  /** They do the same as the reference: no grader can reject them. */
  readonly equivalent: readonly Reason[]
  /** They do something else, and it does no harm that the grader does not look there. */
  readonly letThrough: readonly Reason[]
}
export interface Reason {
  readonly mutant: string
  readonly because: string
}
export interface Mutation extends Known {
  readonly total: number
  /** The equivalent ones aside. */
  readonly rejected: number
  /** Those that live, and nobody says why. */
  readonly unexplained: readonly string[]
  /** Named as living, but none has that name, or it is rejected. */
  readonly stale: readonly string[]
}

const SECONDS = 5
const nameless = (name: string): string => name.replace(/^\d+: /, '')

function known(lab: Lab): Known {
  const path = `${labDirectory(lab)}mutants.json`
  return fs.existsSync(path) ? (JSON.parse(fs.readFileSync(path, 'utf8')) as Known) : { equivalent: [], letThrough: [] }
}

export async function mutate(lab: Lab): Promise<Mutation> {
  const grader = await loadGrader(lab)
  const mutants = mutantsOf(fs.readFileSync(referencePath(lab), 'utf8'))
  const modules = fs.mkdtempSync(`${repository}dist/mutants.`) // inside the package, for the sake of #core/…
  const attempts = newAttemptsDirectory()
  const judges = new Judges(lab)
  const survivors: string[] = []
  try {
    for (const [number, { name, text }] of mutants.entries()) {
      const source = cutReference(text, lab)
      const module = `${modules}/${number}.mjs`
      const code = await transform(source, { loader: 'ts', format: 'esm' }).catch(() => null)
      if (code === null) continue // no program any more: rejected by the compiler
      fs.writeFileSync(module, code.code)
      if (await judges.rejects(module)) continue
      fs.writeFileSync(`${modules}/${number}.ts`, source)
      const refused = await compileInto(attempts, lab, `${modules}/${number}.ts`)
      if (refused !== null) continue
      const effects = await judgeEffects(lab, grader, attempts)
      if (!effects.some(({ status }) => status === 'failed')) survivors.push(name)
    }
  } finally {
    await judges.end()
    for (const directory of [modules, attempts]) fs.rmSync(directory, { recursive: true, force: true })
  }
  const { equivalent, letThrough } = known(lab)
  const live = new Set(survivors.map(nameless))
  const explained = [...equivalent, ...letThrough].map(({ mutant }) => mutant)
  return {
    total: mutants.length,
    rejected: mutants.length - survivors.length,
    equivalent: equivalent.filter(({ mutant }) => live.has(mutant)),
    letThrough: letThrough.filter(({ mutant }) => live.has(mutant)),
    unexplained: survivors.filter(name => !explained.includes(nameless(name))),
    stale: explained.filter(mutant => !live.has(mutant)),
  }
}

/** A thread that judges, and a new one when a mutant never ends. */
class Judges {
  readonly #lab: Lab
  #worker: Worker | undefined

  constructor(lab: Lab) {
    this.#lab = lab
  }

  rejects(module: string): Promise<boolean> {
    const path = fileURLToPath(new URL('./mutant-judge.js', import.meta.url))
    this.#worker ??= new Worker(path, { workerData: this.#lab.id, stdout: true, stderr: true })
    const worker = this.#worker
    return new Promise(resolve => {
      const settle = (rejected: boolean, over: boolean): void => {
        clearTimeout(limit)
        worker.off('message', said).off('error', died)
        if (over) this.#worker = undefined
        resolve(rejected)
      }
      const said = (rejected: boolean): void => settle(rejected, false)
      const died = (): void => settle(true, true)
      const limit = setTimeout(() => {
        void worker.terminate()
        died()
      }, SECONDS * 1000)
      worker.on('message', said).on('error', died)
      worker.postMessage(module)
    })
  }

  async end(): Promise<void> {
    await this.#worker?.terminate()
  }
}
