/** Hooks that are really called, by a runtime with ch7/hook-order in it. */

import * as fs from 'node:fs'
import type { Hook, HookKind, Spec } from '#core/spec/runtime'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { differ } from '../support/answers.js'
import { RoomRuntime } from '../support/room-runtime.js'
import { told } from '../support/view.js'

const script = (text: string): Hook => ({ path: '/bin/sh', args: ['sh', '-c', text] })
const withHooks =
  (hooks: Readonly<Partial<Record<HookKind, readonly Hook[]>>>) =>
  (spec: Spec): Spec => ({ ...spec, hooks })

export function calledInOrder(room: Room): Failure | null {
  const runtime = new RoomRuntime(room)
  const file = `${room.scratch}/${room.nonce()}`
  fs.writeFileSync(file, '')
  const words = Array.from({ length: 4 }, () => room.nonce())
  const [first, second, third, late] = words.map(word => script(`cat >> ${file}; echo " ${word}" >> ${file}`))
  const id = `c${room.nonce()}`
  const hooks = { createRuntime: [third!], poststop: [late!], prestart: [first!, second!] }
  const created = runtime.run('create', '--bundle', runtime.bundle(['true'], withHooks(hooks)), id)
  if (created.code !== 0) return differ('create succeeds', told(created))
  const lines = room.read(file).trim().split('\n')
  const called = lines.map(line => line.split(' ').at(-1)!)
  const names = ['prestart 0', 'prestart 1', 'createRuntime 0', 'poststop 0']
  const inWords = called.map(word => names[words.indexOf(word)] ?? 'nobody').join(', ')
  if (called.join() !== words.slice(0, 3).join())
    return differ('create calls prestart 0, prestart 1, createRuntime 0', inWords)
  for (const line of lines) {
    const state = JSON.parse(line.slice(0, line.lastIndexOf(' '))) as Readonly<Record<string, unknown>>
    if (state.id !== id || state.status !== 'created' || !(Number(state.pid) > 0)) {
      return differ(`a hook reads on its stdin that ${id} is created, and a pid`, JSON.stringify(state))
    }
  }
  runtime.run('delete', '--force', id)
  return failingHook(runtime)
}

/** "If any createRuntime hook fails, the runtime MUST generate an error and stop the container": nothing of it is left. */
function failingHook(runtime: RoomRuntime): Failure | null {
  const [id, file] = [`c${runtime.room.nonce()}`, `${runtime.room.scratch}/${runtime.room.nonce()}`]
  const hooks = { createRuntime: [script('exit 3'), script(`: > ${file}`)] }
  const ran = runtime.run('create', '--bundle', runtime.bundle(['true'], withHooks(hooks)), id)
  if (ran.code === 0) return differ('a hook that ends with 3 makes create fail', 'create succeeds')
  if (fs.existsSync(file)) return differ('after a hook that fails no other is called', 'the next one is')
  const status = runtime.status(id)
  return status === null ? null : differ('after a hook that fails there is no container', `there is one, ${status}`)
}
