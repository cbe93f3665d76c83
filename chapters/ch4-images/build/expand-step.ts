/** An instruction with its variables expanded: which words of which instruction are, and which are the shell's. */

import { fail } from '#core/errors'
import { textOf } from '../dockerfile/heredoc.js'
import type { Copy, Instruction, Run, RunMount } from '../dockerfile/instruction.js'
import type { Escape } from '../dockerfile/parse.js'
import { expand, expandToWords } from '../dockerfile/words.js'
import type { Variables } from './build-args.js'
import type { Change } from './config.js'

export interface TextFile {
  readonly name: string
  readonly text: string
}

export type ExpandedCopy = Omit<Copy, 'heredocs'> & { readonly texts: readonly TextFile[] }
export type ExpandedStep = ExpandedCopy | Run | Change

type Expandable = Exclude<Instruction, { kind: 'FROM' | 'ARG' }>

/** @throws MiniDockerError InvalidArgument */
export function expandStep(instruction: Expandable, variables: Variables, escape: Escape): ExpandedStep {
  const one = (text: string): string => expand(text, { variables, escape })
  switch (instruction.kind) {
    case 'COPY':
    case 'ADD':
      return expandCopy(instruction, one, text => expand(text, { variables, escape, raw: true }))
    case 'RUN':
      return { ...instruction, mounts: instruction.mounts.map(mount => expandMount(mount, one)) }
    case 'ENV':
    case 'LABEL':
      // all of them see what was there before this line: `ENV a=1 b=$a` has the old a
      return { kind: instruction.kind, pairs: instruction.pairs.map(([name, value]) => [named(one(name)), one(value)]) }
    case 'WORKDIR':
    case 'USER':
    case 'STOPSIGNAL': {
      const value = one(instruction.value)
      if (value === '') fail('InvalidArgument', { what: `${instruction.kind} '${instruction.value}'`, why: 'is empty' })
      return { kind: instruction.kind, value }
    }
    case 'EXPOSE':
      return { kind: 'EXPOSE', words: instruction.words.flatMap(word => expandToWords(word, { variables, escape })) }
    case 'VOLUME':
      return { kind: 'VOLUME', words: instruction.words.map(one) }
    default:
      return instruction
  }
}

function expandCopy(copy: Copy, one: (text: string) => string, raw: (text: string) => string): ExpandedCopy {
  const { heredocs, ...rest } = copy
  const chmod = copy.chmod === null ? null : one(copy.chmod)
  if (chmod !== null && !/^[0-7]{1,5}$/.test(chmod)) {
    fail('InvalidArgument', { what: `--chmod=${chmod}`, why: 'is not octal', hint: '--chmod=755' })
  }
  return {
    ...rest,
    sources: copy.sources.map(one),
    target: one(copy.target),
    chown: copy.chown === null ? null : one(copy.chown),
    chmod,
    exclude: copy.exclude.map(one),
    texts: heredocs.map(heredoc => ({
      name: heredoc.name,
      text: heredoc.expands ? raw(textOf(heredoc)) : textOf(heredoc),
    })),
  }
}

/** `from` takes no variables: which stages are needed is known before anything is built. */
function expandMount(mount: RunMount, one: (text: string) => string): RunMount {
  switch (mount.type) {
    case 'bind':
      return { ...mount, target: one(mount.target), source: one(mount.source) }
    case 'cache':
      return {
        ...mount,
        target: one(mount.target),
        source: one(mount.source),
        id: mount.id === null ? null : one(mount.id),
      }
    case 'tmpfs':
      return { ...mount, target: one(mount.target) }
    case 'secret':
      return { ...mount, id: one(mount.id), target: mount.target === null ? null : one(mount.target) }
  }
}

const named = (name: string): string =>
  name === '' ? fail('InvalidArgument', { what: "''", why: 'is no name' }) : name
