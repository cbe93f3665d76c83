/** What a RUN executes: its exec form, its shell line, or its heredoc as a script. Pure. */

import type { ContainerConfig } from '#core/spec/image'
import { heredocOf, textOf } from '../dockerfile/heredoc.js'
import type { Run } from '../dockerfile/instruction.js'
import { argsOf } from './config.js'
import type { TextFile } from './expand-step.js'

export interface RunLine {
  readonly args: readonly string[]
  /** A heredoc with its own #! line: a file that is executed, and not part of the image. */
  readonly script: TextFile | null
}

/** Where such a script is: /dev is the container's own, and never in a layer. */
export const scriptDirectory = '/dev/mini-docker-heredoc'

export function runLineOf({ command, heredocs }: Run, config: ContainerConfig): RunLine {
  const [first] = heredocs
  if (command.form === 'exec' || first === undefined) return { args: argsOf(command, config), script: null }
  const shell = (line: string): RunLine => ({ args: argsOf({ form: 'shell', line }, config), script: null })
  // alone on its line it is the script itself; else the shell reads it, as it would in a script
  if (heredocs.length > 1 || heredocOf(command.line) === null) {
    return shell(`${command.line}\n${heredocs.map(({ body, name }) => `${body}${name}\n`).join('')}`)
  }
  const text = textOf(first)
  if (!text.startsWith('#!')) return shell(text)
  return { args: [`${scriptDirectory}/${first.name}`], script: { name: first.name, text } }
}
