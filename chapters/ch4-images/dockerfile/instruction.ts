/** Instructions by their kinds. Words in them are as they were written: variables are known only when a step's turn comes. */

import type { Heredoc } from './heredoc.js'
import type { Place } from './place.js'

/** `["a", "b"]` runs a program; anything else is a line for a shell. */
export type CommandLine =
  | { readonly form: 'exec'; readonly args: readonly string[] }
  | { readonly form: 'shell'; readonly line: string }

export type Pair = readonly [name: string, value: string]

/** `RUN --mount=…`: docs.docker.com/reference/dockerfile "RUN --mount". */
export type RunMount =
  | {
      readonly type: 'bind'
      readonly target: string
      readonly source: string
      /** A stage or an image; null: the build context. */
      readonly from: string | null
      /** What is written is seen by this step alone, and thrown away. */
      readonly writable: boolean
    }
  | {
      readonly type: 'cache'
      readonly target: string
      /** null: its target is its name. */
      readonly id: string | null
      readonly sharing: 'shared' | 'private' | 'locked'
      readonly from: string | null
      readonly source: string
      readonly readonly: boolean
      readonly mode: string
      readonly uid: string
      readonly gid: string
    }
  | {
      readonly type: 'tmpfs'
      readonly target: string
      /** Bytes; null: the kernel's choice. */
      readonly size: number | null
    }
  | {
      readonly type: 'secret'
      readonly id: string
      /** null: not as a file. */
      readonly target: string | null
      /** The variable that holds it, null: none. */
      readonly env: string | null
      readonly required: boolean
      readonly mode: string
      readonly uid: string
      readonly gid: string
    }

export interface Copy {
  readonly kind: 'COPY' | 'ADD'
  /** A stage's name or number, or an image; null: the build context. */
  readonly from: string | null
  readonly sources: readonly string[]
  /** Sources that stand in the Dockerfile itself. */
  readonly heredocs: readonly Heredoc[]
  readonly target: string
  readonly chown: string | null
  readonly chmod: string | null
  readonly exclude: readonly string[]
  /** Directories of a source's path are kept: a/b/c goes to TARGET/a/b/c. */
  readonly parents: boolean
  /** ADD: tar archives are unpacked. */
  readonly unpack: boolean
}

export interface Run {
  readonly kind: 'RUN'
  readonly command: CommandLine
  readonly heredocs: readonly Heredoc[]
  readonly mounts: readonly RunMount[]
  readonly network: 'default' | 'none' | 'host'
}

/** Durations in nanoseconds, as the image config has them. */
export interface Health {
  readonly kind: 'HEALTHCHECK'
  /** null: NONE, which takes away what the base image says. */
  readonly command: CommandLine | null
  readonly interval: number
  readonly timeout: number
  readonly startPeriod: number
  readonly startInterval: number
  readonly retries: number
}

export type Body =
  | {
      readonly kind: 'FROM'
      readonly base: string
      readonly name: string | null
      readonly platform: string | null
    }
  | Run
  | Copy
  | { readonly kind: 'ENV' | 'LABEL'; readonly pairs: readonly Pair[] }
  | { readonly kind: 'ARG'; readonly args: readonly (readonly [name: string, value: string | null])[] }
  | { readonly kind: 'WORKDIR' | 'USER' | 'STOPSIGNAL' | 'MAINTAINER'; readonly value: string }
  | { readonly kind: 'EXPOSE' | 'VOLUME'; readonly words: readonly string[] }
  | { readonly kind: 'CMD' | 'ENTRYPOINT'; readonly command: CommandLine }
  | { readonly kind: 'SHELL'; readonly args: readonly string[] }
  | Health
  /** The instruction that waits in the image, as text, heredocs and all. */
  | { readonly kind: 'ONBUILD'; readonly text: string }

export type Instruction<B extends Body = Body> = B & {
  readonly place: Place
  /** In one line, for people: `COPY --chown=1 a b`. */
  readonly shown: string
}
