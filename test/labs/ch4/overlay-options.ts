/** The grader of ch4/overlay-options. */

import { overlayData } from '#chapters/ch4-images/snapshot/mount-steps'
import type { Stack } from '#chapters/ch4-images/snapshot/overlay-options'
import type { RootMount } from '#chapters/ch4-images/snapshot/snapshotter'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { answerOf, ask, differ } from '../support/answers.js'
import { firstFailure } from '../support/plan-rows.js'
import { layersInOrder, layersStayAsTheyAre } from './overlay-options-effects.js'

type Overlay = Extract<RootMount, { type: 'overlay' }>

const root = '/var/lib/mini-docker/snapshots/overlay'
const far = `/srv/${'a-long-name/'.repeat(8)}snapshots`
const numbers = (many: number): string[] => Array.from({ length: many }, (_, i) => String(i + 1))
/** mount(2): one page, with the byte that ends it. */
const PAGE = 4096

const stacks: Readonly<Record<string, Stack>> = {
  'a container on three layers': { root, below: ['1', '2', '3'], own: '9', rootless: false },
  'a container on one layer': { root, below: ['4'], own: '5', rootless: false },
  'a container on nothing': { root, below: [], own: '7', rootless: false },
  'a view of three layers': { root, below: ['12', '2', '5'], own: null, rootless: false },
  'a view of two layers': { root, below: ['8', '3'], own: null, rootless: false },
  'a view of one layer': { root, below: ['6'], own: null, rootless: false },
  "an ordinary user's container": { root, below: ['2', '1'], own: '3', rootless: true },
  "an ordinary user's view": { root, below: ['2', '1'], own: null, rootless: true },
  'a container on 120 layers': { root: far, below: numbers(120), own: '121', rootless: false },
}
const merged = Object.keys(stacks).filter(name => {
  const { below, own } = stacks[name]!
  return below.length > (own === null ? 1 : 0)
})
const active = merged.filter(name => stacks[name]!.own !== null)
const views = merged.filter(name => stacks[name]!.own === null)

const plainly = (path: string): string => path.replace(/\/+$/, '').replace(/\/\/+/g, '/')
const whole = (base: string, path: string): string => plainly(path.startsWith('/') ? path : `${base}/${path}`)

const each =
  (names: readonly string[], judge: (stack: Stack, mount: RootMount) => readonly [string, string] | null) =>
  (evidence: Evidence): Failure | null =>
    firstFailure(names, name => {
      const said = judge(stacks[name]!, answerOf<RootMount>(evidence, name))
      return said && differ(said[0], `${name}: ${said[1]}`)
    })
const eachOverlay = (
  names: readonly string[],
  judge: (stack: Stack, mount: Overlay) => readonly [string, string] | null,
) =>
  each(names, (stack, mount) =>
    mount.type === 'overlay' ? judge(stack, mount) : ['an overlay of all of them', `${mount.source} alone is bound`],
  )

function judgeAlone({ root: at, below, own }: Stack, mount: RootMount): readonly [string, string] | null {
  const source = `${at}/${own ?? below[0]}/fs`
  const expected = `one directory, nothing to merge: ${source} is bound, ${own === null ? 'read-only' : 'to write in'}`
  if (mount.type !== 'bind') return [expected, 'an overlay']
  if (plainly(mount.source) !== source) return [expected, `${mount.source} is bound`]
  if (mount.readonly === (own === null)) return null
  return [expected, mount.readonly ? 'nobody can write into it' : 'whoever mounts it writes into the layer']
}

function judgeOrder({ root: at, below }: Stack, { base, lower }: Overlay): readonly [string, string] | null {
  const right = [...below].reverse().map(directory => `${at}/${directory}/fs`)
  const found = lower.map(path => whole(base, path))
  const wrong = right.findIndex((path, i) => found[i] !== path)
  if (wrong < 0 && found.length === right.length) return null
  const expected = `lowerdir begins with what is on top: ${right.slice(0, 3).join(':')}`
  if (found.length !== right.length) return [expected, `${found.length} directories for ${right.length} layers`]
  const reversed = [...right].reverse().join() === found.join()
  return [expected, reversed ? 'the lowest is on top' : `number ${wrong} is ${found[wrong]}`]
}

function judgeOwn({ root: at, own }: Stack, { base, upper, work, lower }: Overlay): readonly [string, string] | null {
  if (upper === null) return ['an upper directory', 'there is none: nobody can write']
  if (work === null) return ['a work directory beside upper', 'there is none: EINVAL']
  const [up, at2] = [whole(base, upper), whole(base, work)]
  if (lower.map(path => whole(base, path)).includes(up))
    return ['what is written goes into a directory of its own', 'upper is one of the lower ones as well']
  if (up !== `${at}/${own}/fs`) return [`upper is ${at}/${own}/fs`, `it is ${up}`]
  if (at2 === up || at2.startsWith(`${up}/`)) return ['work lies beside upper', `it is ${at2}: in upper`]
  if (!at2.startsWith(`${at}/`)) return ['work is on the file system of upper', `it is ${at2}: EXDEV`]
  return at2 === `${at}/${own}/work`
    ? null
    : [`work is ${at}/${own}/work, which is there, and nobody else's`, `it is ${at2}`]
}

function judgePage({ root: at }: Stack, mount: Overlay): readonly [string, string] | null {
  const expected = `directories relative to ${at}, so that the options of 120 layers fit into ${PAGE} bytes`
  const { length } = overlayData(mount)
  if (length >= PAGE) return [expected, `${length} bytes of options`]
  const absolute = [...mount.lower, mount.upper, mount.work].find(path => path?.startsWith('/'))
  if (absolute != null) return [expected, `${absolute} begins at the top of the host`]
  return plainly(mount.base) === at ? null : [expected, `they are relative to ${mount.base}`]
}

/** With userxattr there can be no redirects, and overlayfs refuses to hear of them: EINVAL. */
const plainOf = (rootless: boolean): string[] =>
  rootless ? ['index=off'] : ['index=off', 'metacopy=off', 'redirect_dir=off']

export const grader: Grader = {
  lab: 'ch4/overlay-options',
  about: [],
  around: {},
  cases: {},
  questions: Object.fromEntries(Object.entries(stacks).map(([name, stack]) => [name, ask('overlayOptions', stack)])),
  checks: [
    {
      id: 'one-alone',
      rung: 'plan',
      title: 'one directory alone is bound, a layer read-only',
      points: 1,
      judge: each(
        Object.keys(stacks).filter(name => !merged.includes(name)),
        judgeAlone,
      ),
    },
    {
      id: 'topmost-first',
      rung: 'plan',
      title: 'lowerdir lists the layers from the topmost to the lowest',
      points: 2,
      judge: eachOverlay(merged, judgeOrder),
    },
    {
      id: 'writes-into-its-own',
      rung: 'plan',
      title: 'what is written goes into the own directory, and work lies beside it',
      points: 2,
      judge: eachOverlay(active, judgeOwn),
    },
    {
      id: 'a-view-has-no-upper',
      rung: 'plan',
      title: 'a view has neither upper nor work',
      points: 1,
      judge: eachOverlay(views, (_, { upper, work }) =>
        upper === null && work === null
          ? null
          : ['no upper, no work: then overlayfs is read-only', `upper is ${upper}, work is ${work}`],
      ),
    },
    {
      id: 'fits-one-page',
      rung: 'plan',
      title: 'a hundred and twenty layers fit into the one page that mount(2) takes',
      points: 1,
      judge: eachOverlay(merged, judgePage),
    },
    {
      id: 'layers-stay-plain',
      rung: 'plan',
      title: 'no layer comes to depend on another, and an ordinary user marks with user.overlay',
      points: 1,
      judge: eachOverlay(merged, ({ rootless }, { options }) => {
        const plain = plainOf(rootless)
        const missing = plain.find(option => !options.includes(option))
        if (missing !== undefined) return [`the options have ${plain.join(', ')}`, `${missing} is not among them`]
        if (options.includes('userxattr') === rootless) {
          const odd = options.find(option => !plain.includes(option) && option !== 'userxattr')
          return odd === undefined ? null : ['no option that nobody asked for', odd]
        }
        return rootless
          ? ['userxattr: in a user namespace nobody may set trusted.overlay.*', 'it is not there']
          : ["no userxattr: root's marks are trusted.overlay.*", 'it is there']
      }),
    },
    {
      id: 'topmost-is-seen',
      rung: 'effect',
      title: 'of a file in three layers, a container sees the topmost',
      points: 1,
      needs: ['root', 'tar'],
      judge: room => survived(() => layersInOrder(room)),
    },
    {
      id: 'layers-are-untouched',
      rung: 'effect',
      title: 'what a container writes and removes is in its own directory, and the next one sees none of it',
      points: 1,
      needs: ['root', 'tar'],
      judge: room => survived(() => layersStayAsTheyAre(room)),
    },
  ],
}
