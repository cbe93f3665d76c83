/**
 * The words of mount(8) as the kernel's flags: `nosuid,ro,rbind,mode=755` → flags, attributes, propagation, data. Of words
 * about the same thing (`ro`, `rw`) the last one counts. Source: runtime-spec config.md "Linux mount options"; mount(8).
 */

import type { MountAttribute, MountFlag } from '#core/sys/constants'

/** One call of mount_setattr(2). */
export interface AttributeChange {
  readonly set: readonly MountAttribute[]
  readonly clear: readonly MountAttribute[]
  readonly recursive: boolean
}

export interface MountOptions {
  /** For mount(2) of a file system; of a bind it heeds only `MS_BIND` and `MS_REC`. */
  readonly flags: readonly MountFlag[]
  /** For mount_setattr(2), by which a bind mount takes what mount(2) ignores. */
  readonly changes: readonly AttributeChange[]
  /** A call of mount(2) for each, once the mount is there. */
  readonly propagation: readonly (readonly MountFlag[])[]
  /** What is left is for the file system itself. */
  readonly data: string | null
  /** Of the words, those that nobody takes when it is a bind: there is no file system to hand them to. */
  readonly notForBind: readonly string[]
}

/** What a word says. */
interface Meaning {
  /** What it is about: a later word about the same takes its place. */
  readonly about: string
  readonly flag: MountFlag | null
  readonly set: MountAttribute | null
  readonly clear: MountAttribute | null
  /** Of the submounts, too: `rro`. */
  readonly deep: boolean
}

/** A word, the one that takes it back, and the flag that the two turn on and off. */
const pairs: readonly (readonly [on: string, off: string | null, flag: MountFlag, attribute: MountAttribute | null])[] =
  [
    ['ro', 'rw', 'MS_RDONLY', 'MOUNT_ATTR_RDONLY'],
    ['nosuid', 'suid', 'MS_NOSUID', 'MOUNT_ATTR_NOSUID'],
    ['nodev', 'dev', 'MS_NODEV', 'MOUNT_ATTR_NODEV'],
    ['noexec', 'exec', 'MS_NOEXEC', 'MOUNT_ATTR_NOEXEC'],
    ['nodiratime', 'diratime', 'MS_NODIRATIME', 'MOUNT_ATTR_NODIRATIME'],
    ['nosymfollow', 'symfollow', 'MS_NOSYMFOLLOW', 'MOUNT_ATTR_NOSYMFOLLOW'],
    ['sync', 'async', 'MS_SYNCHRONOUS', null],
    ['dirsync', null, 'MS_DIRSYNC', null],
    ['iversion', 'noiversion', 'MS_I_VERSION', null],
    ['lazytime', 'nolazytime', 'MS_LAZYTIME', null],
    ['silent', 'loud', 'MS_SILENT', null],
  ]

/** When files are marked as read: one field of several values, which is emptied before it is set. Empty means relatime. */
const atimes: readonly (readonly [word: string, flag: MountFlag | null, attribute: MountAttribute | null])[] = [
  ['noatime', 'MS_NOATIME', 'MOUNT_ATTR_NOATIME'],
  ['strictatime', 'MS_STRICTATIME', 'MOUNT_ATTR_STRICTATIME'],
  ['relatime', 'MS_RELATIME', null],
  ['atime', null, null],
  ['norelatime', null, null],
  ['nostrictatime', null, null],
]

const plain: readonly (readonly [string, Meaning])[] = [
  ...pairs.flatMap(([on, off, flag, attribute]) => [
    [on, { about: on, flag, set: attribute, clear: null, deep: false }] as const,
    ...(off === null ? [] : [[off, { about: on, flag: null, set: null, clear: attribute, deep: false }] as const]),
  ]),
  ...atimes.map(
    ([word, flag, set]) => [word, { about: 'atime', flag, set, clear: 'MOUNT_ATTR__ATIME', deep: false }] as const,
  ),
]
const hasAttribute = ({ set, clear }: Meaning): boolean => set !== null || clear !== null
const meanings: ReadonlyMap<string, Meaning> = new Map([
  ...plain,
  ...plain
    .filter(([, meaning]) => hasAttribute(meaning))
    .map(([word, meaning]) => [`r${word}`, { ...meaning, deep: true }] as const),
])

const propagations: Readonly<Record<string, MountFlag>> = {
  private: 'MS_PRIVATE',
  slave: 'MS_SLAVE',
  shared: 'MS_SHARED',
  unbindable: 'MS_UNBINDABLE',
}

function propagationOf(word: string): MountFlag[] | undefined {
  const flag = propagations[word]
  if (flag !== undefined) return [flag]
  const deep = word.startsWith('r') ? propagations[word.slice(1)] : undefined
  return deep === undefined ? undefined : ['MS_REC', deep]
}

/** They are about the call itself, or say nothing. */
const others: readonly string[] = ['bind', 'rbind', 'remount', 'defaults']

/** All words that say more than what the file system itself is told. */
export const mountWords: readonly string[] = [
  ...others,
  ...meanings.keys(),
  ...Object.keys(propagations).flatMap(word => [word, `r${word}`]),
]

export function mountOptions(words: readonly string[]): MountOptions {
  const bind = words.includes('rbind')
    ? (['MS_BIND', 'MS_REC'] as const)
    : words.includes('bind')
      ? (['MS_BIND'] as const)
      : []
  const said = new Map<string, Meaning>()
  const propagation: MountFlag[][] = []
  const data: string[] = []
  for (const word of words) {
    const meaning = meanings.get(word)
    const spread = propagationOf(word)
    if (meaning !== undefined) said.set(meaning.about, meaning)
    else if (spread !== undefined) propagation.push(spread)
    else if (!others.includes(word)) data.push(word)
  }
  const last = [...said.values()]
  const forFileSystem = words.filter(word => {
    const meaning = meanings.get(word)
    return meaning !== undefined && meaning.flag !== null && !hasAttribute(meaning)
  })
  return {
    flags: [
      ...(words.includes('remount') ? (['MS_REMOUNT'] as const) : []),
      ...bind,
      ...last.flatMap(({ flag }) => flag ?? []),
    ],
    changes: changesOf(last, words.includes('rbind')),
    propagation,
    data: data.length === 0 ? null : data.join(','),
    notForBind: [...data, ...forFileSystem],
  }
}

/** What restricts goes for the whole tree that is bound; what loosens for its top alone, if no `r` says otherwise. */
function changesOf(said: readonly Meaning[], tree: boolean): AttributeChange[] {
  const isAtime = ({ about }: Meaning): boolean => about === 'atime'
  const setting = said.filter(meaning => meaning.set !== null || isAtime(meaning))
  const clearing = said.filter(meaning => meaning.set === null && meaning.clear !== null && !isAtime(meaning))
  const change = (of: readonly Meaning[], recursive: boolean): AttributeChange[] =>
    of.length === 0
      ? []
      : [{ set: of.flatMap(({ set }) => set ?? []), clear: of.flatMap(({ clear }) => clear ?? []), recursive }]
  return [
    ...change(setting, tree || setting.some(({ deep }) => deep)),
    ...change(
      clearing.filter(({ deep }) => !deep),
      false,
    ),
    ...change(
      clearing.filter(({ deep }) => deep),
      true,
    ),
  ]
}
