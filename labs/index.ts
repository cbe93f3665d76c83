/** The labs, in the order in which they are best solved. Everything else about one lies in its folder and its grader. */

export interface Lab {
  /** `ch1/enter-root`: its folder below labs/, and its address on the site. */
  readonly id: string
  readonly title: string
  readonly chapter: string
  /** The key of the part in its chapter's table. */
  readonly part: string
  /** The chapter's file, which holds the reference between its marks. */
  readonly source: string
  /** What an attempt exports; the part itself first. */
  readonly exports: readonly [string, ...string[]]
  /** More parts of the table that it writes, each exported under its own key. */
  readonly beside?: readonly string[]
  /** A part that is a factory takes arguments of its own before it is a pass: `bridge(id, veth, lease)(spec, facts)`. */
  readonly factory?: true
  /** A part that is no pass but a plain function: it is asked questions alone, and what it returns is data. */
  readonly plain?: true
}

const ch1 = { chapter: 'ch1' } as const
const ch2 = { chapter: 'ch2' } as const
const ch3 = { chapter: 'ch3' } as const
const ch4 = { chapter: 'ch4', plain: true } as const
const ch5 = { chapter: 'ch5', plain: true } as const
const ch7 = { chapter: 'ch7' } as const

export const labs: readonly Lab[] = [
  {
    ...ch1,
    id: 'ch1/enter-root',
    title: 'A root directory of its own',
    part: 'enterRoot',
    source: 'chapters/ch1-chroot/enter-root.ts',
    exports: ['enterRoot'],
  },
  {
    ...ch1,
    id: 'ch1/find-program',
    title: 'Finding the program',
    part: 'findProgram',
    source: 'chapters/ch1-chroot/find-program.ts',
    exports: ['findProgram', 'candidates'],
  },
  {
    ...ch1,
    id: 'ch1/escape',
    title: 'Breaking out',
    part: 'escape',
    source: 'chapters/ch1-chroot/escape.ts',
    exports: ['escape'],
  },
  {
    ...ch2,
    id: 'ch2/isolate',
    title: 'Eight namespaces',
    part: 'isolate',
    source: 'chapters/ch2-namespaces/isolate.ts',
    exports: ['isolate'],
  },
  {
    ...ch2,
    id: 'ch2/private-mounts',
    title: 'Cutting the mounts off',
    part: 'privateMounts',
    source: 'chapters/ch2-namespaces/private-mounts.ts',
    exports: ['privateMounts'],
  },
  {
    ...ch2,
    id: 'ch2/pivot-root',
    title: 'A root that nothing lies above',
    part: 'enterRoot',
    source: 'chapters/ch2-namespaces/pivot-root.ts',
    exports: ['pivotRoot'],
  },
  {
    ...ch2,
    id: 'ch2/mounts',
    title: 'Mounts, in order',
    part: 'mounts',
    source: 'chapters/ch2-namespaces/mounts.ts',
    exports: ['mounts', 'mountPoint'],
  },
  {
    ...ch2,
    id: 'ch2/map-ids',
    title: 'Who is root outside',
    part: 'mapIds',
    source: 'chapters/ch2-namespaces/map-ids.ts',
    exports: ['mapIds'],
  },
  {
    ...ch2,
    id: 'ch2/bridge',
    title: 'A cable to the bridge',
    part: 'bridge',
    source: 'chapters/ch2-namespaces/network/bridge.ts',
    exports: ['bridge'],
    factory: true,
  },
  {
    ...ch3,
    id: 'ch3/limits-v2',
    title: 'One directory of limits',
    part: 'limitsV2',
    source: 'chapters/ch3-cgroups/limits/v2.ts',
    exports: ['limitsV2'],
  },
  {
    ...ch3,
    id: 'ch3/limits-v1',
    title: 'A hierarchy for each controller',
    part: 'limitsV1',
    source: 'chapters/ch3-cgroups/limits/v1.ts',
    exports: ['limitsV1'],
  },
  {
    ...ch3,
    id: 'ch3/cpu-weight',
    title: 'From shares to weights',
    part: 'cpuWeight',
    source: 'chapters/ch3-cgroups/limits/cpu-weight.ts',
    exports: ['cpuWeight', 'weightOf', 'sharesOf'],
  },
  {
    ...ch3,
    id: 'ch3/gate',
    title: 'Before the first instruction',
    part: 'gate',
    source: 'chapters/ch3-cgroups/cgroup/gate.ts',
    exports: ['gate'],
  },
  {
    ...ch3,
    id: 'ch3/bandwidth',
    title: 'Where packets can wait',
    part: 'bandwidth',
    source: 'chapters/ch3-cgroups/network/bandwidth.ts',
    exports: ['bandwidth'],
    factory: true,
  },
  {
    ...ch4,
    id: 'ch4/chain-id',
    title: 'A name for a stack',
    part: 'chainIds',
    source: 'chapters/ch4-images/snapshot/chain-id.ts',
    exports: ['chainIds'],
  },
  {
    ...ch4,
    id: 'ch4/whiteouts',
    title: 'How to say that a file is gone',
    part: 'meaningOf',
    source: 'chapters/ch4-images/layer/whiteout.ts',
    exports: ['meaningOf', 'hides'],
  },
  {
    ...ch4,
    id: 'ch4/overlay-options',
    title: 'Layers as one tree',
    part: 'overlayOptions',
    source: 'chapters/ch4-images/snapshot/overlay-options.ts',
    exports: ['overlayOptions'],
  },
  {
    ...ch4,
    id: 'ch4/snapshot-commit',
    title: 'All of it, or nothing',
    part: 'commitSteps',
    source: 'chapters/ch4-images/snapshot/commit-steps.ts',
    exports: ['commitSteps'],
  },
  {
    ...ch4,
    id: 'ch4/cache-key',
    title: 'What a step can see',
    part: 'cacheKeyText',
    source: 'chapters/ch4-images/build/cache-key.ts',
    exports: ['cacheKeyText'],
  },
  {
    ...ch5,
    id: 'ch5/parse-reference',
    title: 'Which image is meant',
    part: 'readReference',
    source: 'chapters/ch5-registry/reference/read.ts',
    exports: ['readReference'],
  },
  {
    ...ch5,
    id: 'ch5/verified-pull',
    title: 'What was cut off, gone on with',
    part: 'pieceOf',
    source: 'chapters/ch5-registry/client/transfer/after-piece.ts',
    exports: ['pieceOf'],
  },
  {
    ...ch5,
    id: 'ch5/chunked-push',
    title: 'A chunk after the other',
    part: 'afterUpload',
    source: 'chapters/ch5-registry/client/transfer/after-upload.ts',
    exports: ['afterUpload'],
  },
  {
    ...ch5,
    id: 'ch5/token-scope',
    title: 'What a token is good for',
    part: 'covers',
    source: 'chapters/ch5-registry/protocol/scope.ts',
    exports: ['covers', 'parseScopes'],
  },
  {
    ...ch5,
    id: 'ch5/garbage',
    title: 'What nobody needs any more',
    part: 'garbageOf',
    source: 'chapters/ch5-registry/server/gc/decide.ts',
    exports: ['garbageOf'],
  },
  {
    ...ch7,
    plain: true,
    id: 'ch7/seccomp-jumps',
    title: 'Jumps that only go forward',
    part: 'filterOf',
    source: 'chapters/ch7-oci/seccomp/filter.ts',
    exports: ['filterOf'],
  },
  {
    ...ch7,
    plain: true,
    id: 'ch7/lifecycle',
    title: 'What may be done when',
    part: 'reduce',
    source: 'chapters/ch7-oci/lifecycle/reduce.ts',
    exports: ['reduce'],
  },
  {
    ...ch7,
    id: 'ch7/masks',
    title: 'What is not to be seen',
    part: 'masks',
    source: 'chapters/ch7-oci/filesystem/masks.ts',
    exports: ['masks'],
  },
  {
    ...ch7,
    id: 'ch7/capabilities',
    title: 'Root in forty pieces',
    part: 'capabilities',
    source: 'chapters/ch7-oci/process/capabilities.ts',
    exports: ['capabilities', 'boundingSet'],
    beside: ['boundingSet'],
  },
  {
    ...ch7,
    id: 'ch7/hook-order',
    title: 'Who is called, and when',
    part: 'runtimeHooks',
    source: 'chapters/ch7-oci/hooks/runtime-hooks.ts',
    exports: ['runtimeHooks'],
    factory: true,
  },
]
