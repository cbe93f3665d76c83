/** What test/support/record/escapes.ts writes: attacks, tried on real containers with every choice of the walls that stop them. */

export const attackNames = [
  'chroot',
  'kill',
  'fork-bomb',
  'disk',
  'release-agent',
  'core-pattern',
  'user-namespace',
  'setuid',
  'mount-target',
  'null-device',
  'leaked-fd',
  'overwrite',
] as const
export type AttackName = (typeof attackNames)[number]

export const wallNames = [
  'pivot-root',
  'targets-by-fd',
  'pid-namespace',
  'cgroup-namespace',
  'pids-limit',
  'device-rules',
  'capabilities',
  'no-new-privs',
  'seccomp',
  'readonly-paths',
  'null-device',
  'check-cwd',
  'sealed-copy',
] as const
export type WallName = (typeof wallNames)[number]

/** One container. */
export interface Try {
  /** Walls that were left out. */
  readonly without: readonly WallName[]
  readonly worked: boolean
  /** What it printed, to the end. */
  readonly said: string
}

export interface RecordedWall {
  readonly chapter: string
  readonly file: string
  /** The step of the plan, as --explain has it. */
  readonly call: string
  readonly phase: string
}

export interface RecordedAttack {
  readonly name: AttackName
  readonly cve: string | null
  readonly script: string
  readonly walls: readonly WallName[]
  readonly tries: readonly Try[]
}

export interface EscapeData {
  readonly version: 1
  readonly walls: Readonly<Partial<Record<WallName, RecordedWall>>>
  readonly attacks: readonly RecordedAttack[]
}
