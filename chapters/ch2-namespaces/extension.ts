/**
 * What a later chapter adds to `run` and `exec`. ch2 brings a container through; what else its flags mean, what is made for it
 * beforehand and what is looked at in the end is said here, so that the order of it all stands in one place.
 */

import type { Chapter, Parts } from '#core/chapter'
import type { Flags } from '#core/cli/flags'
import type { Outcome } from '#core/exec/outcome'
import type { Shared } from '#core/exec/shared'
import type { ContainerRecord } from '#core/exec/state'
import type { Swap } from '#core/lab'
import type { HostStep } from '#core/plan/step'
import type { Process, Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'

export interface ExtensionPlace {
  readonly id: string
  readonly facts: Facts
  readonly swap: Swap
}

/** A root that is no directory of the host's: made ready before, and put together by a part (`parts.enterRoot`). */
export interface ReadyRoot {
  /** The container that it was made ready for. */
  readonly id: string
  /** What its user calls it, when that is not its ID. */
  readonly name?: string
  /** Where it will be mounted. */
  readonly path: string
  /** The process, of what the root's image says and the flags say against it. */
  readonly process: (flags: Flags, command: readonly string[], extraEnv: readonly string[]) => Promise<Process>
}

export interface Extension {
  readonly chapter: Chapter
  readonly root?: ReadyRoot
  /** As soon as it is clear that a container will be started: what takes time, and can go on beside the planning. */
  readonly begin?: (facts: Facts) => void
  /** What its flags add to the spec. Pure. @throws MiniDockerError InvalidArgument, before anything is reserved */
  readonly wish: (spec: Spec, flags: Flags, place: ExtensionPlace) => Spec
  /** Parts that depend on more than spec and facts. @throws MiniDockerError */
  readonly parts?: (spec: Spec, flags: Flags, place: ExtensionPlace & { readonly veth: string | null }) => Parts
  /** Makes what is shared, under its lock, before the plan that uses it is performed. */
  readonly reserve?: (spec: Spec, facts: Facts, shared: Shared) => void
  /** What takes that back, should the creator die before there is a plan. */
  readonly reservations?: (spec: Spec | null, id: string) => readonly HostStep[]
  /** What a SIGKILL from us may need to be noticed, right after it was sent. */
  readonly killed?: (spec: Spec, facts: Facts) => void
  /** After its end, and before anything of it is taken back. */
  readonly ended?: (spec: Spec, facts: Facts, outcome: Outcome) => void
  /** Parts that `exec` needs to join this container beside its namespaces. */
  readonly join?: (record: ContainerRecord, facts: Facts) => Parts
}
