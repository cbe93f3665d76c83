/** The grader of ch4/whiteouts. */

import type { Mark, Meaning } from '#chapters/ch4-images/layer/whiteout'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { answerOf, ask, differ } from '../support/answers.js'
import { removesWhatIsNamed, showsWhatTheKernelShows } from './whiteouts-effects.js'

const names: Readonly<Record<string, Meaning>> = {
  motd: { kind: 'plain' },
  '.wh': { kind: 'plain' },
  '.whale': { kind: 'plain' },
  'a.wh.b': { kind: 'plain' },
  '.profile': { kind: 'plain' },
  wh: { kind: 'plain' },
  '.wh.motd': { kind: 'whiteout', name: 'motd' },
  '.wh.a b': { kind: 'whiteout', name: 'a b' },
  '.wh..profile': { kind: 'whiteout', name: '.profile' },
  '.wh.a.wh.b': { kind: 'whiteout', name: 'a.wh.b' },
  '.wh.....': { kind: 'whiteout', name: '....' },
  '.wh..whale': { kind: 'whiteout', name: '.whale' },
  '.wh..wh..opq': { kind: 'opaque' },
  '.wh..wh.plnk': { kind: 'reserved' },
  '.wh..wh.orph': { kind: 'reserved' },
  '.wh..wh.aufs': { kind: 'reserved' },
  '.wh..wh..opq2': { kind: 'reserved' },
  '.wh..wh.': { kind: 'reserved' },
  '.wh.': { kind: 'invalid' },
  '.wh..': { kind: 'invalid' },
  '.wh...': { kind: 'invalid' },
}
const of = (kind: Meaning['kind'], ...more: readonly Meaning['kind'][]): string[] =>
  Object.keys(names).filter(name => [kind, ...more].includes(names[name]!.kind))

interface Asked {
  readonly mark: Mark
  readonly path: string
  readonly brought: boolean
  readonly gone: boolean
}
const asked = (mark: Mark, path: string, gone: boolean, brought = false): Asked => ({ mark, path, brought, gone })
const motd: Mark = { kind: 'whiteout', path: 'etc/motd' }
const etc: Mark = { kind: 'opaque', path: 'etc' }
const root: Mark = { kind: 'opaque', path: '' }

const named: readonly Asked[] = [
  asked(motd, 'etc/motd', true),
  asked(motd, 'etc/motd/today', true),
  asked(motd, 'etc/motd/old/1', true),
  asked({ kind: 'whiteout', path: 'srv' }, 'srv', true),
  asked({ kind: 'whiteout', path: 'srv' }, 'srv/a', true),
  asked(etc, 'etc/passwd', true),
  asked(etc, 'etc/ssl/certs', true),
  asked(root, 'etc', true),
  asked(root, 'etc/passwd', true),
]
const others: readonly Asked[] = [
  asked(motd, 'etc', false),
  asked(motd, 'etc/motd.d', false),
  asked(motd, 'etc/mot', false),
  asked(motd, 'motd', false),
  asked(motd, 'srv/etc/motd', false),
  asked(etc, 'etc', false),
  asked(etc, 'etcetera/x', false),
  asked(etc, 'usr/etc/x', false),
  asked(root, '', false),
]
const brought: readonly Asked[] = [...named, ...others].map(one => ({ ...one, brought: true, gone: false }))

const markText = ({ kind, path }: Mark): string => `${kind} ${kind === 'opaque' ? `'${path}/'` : `'${path}'`}`
const questionOf = ({ mark, path, brought: own }: Asked): string =>
  `${markText(mark)}, and '${path}'${own ? ', which the layer brings' : ''}`

const meanings =
  (kinds: readonly string[]) =>
  (evidence: Evidence): Failure | null => {
    const wrong = kinds.find(name => !same(answerOf<Meaning>(evidence, name), names[name]!))
    return wrong === undefined
      ? null
      : differ(`'${wrong}' is ${shown(names[wrong]!)}`, `'${wrong}' is ${shown(answerOf<Meaning>(evidence, wrong))}`)
  }
const same = (a: Meaning, b: Meaning): boolean => shown(a) === shown(b)
const shown = (meaning: Meaning): string =>
  meaning.kind === 'whiteout' ? `a whiteout of '${meaning.name}'` : meaning.kind

const hidden =
  (rows: readonly Asked[]) =>
  (evidence: Evidence): Failure | null => {
    const wrong = rows.find(one => answerOf<boolean>(evidence, questionOf(one)) !== one.gone)
    if (wrong === undefined) return null
    const verb = (gone: boolean): string => (gone ? 'goes' : 'stays')
    return differ(`${questionOf(wrong)}: it ${verb(wrong.gone)}`, `${questionOf(wrong)}: it ${verb(!wrong.gone)}`)
  }

export const grader: Grader = {
  lab: 'ch4/whiteouts',
  about: [],
  around: {},
  cases: {},
  questions: Object.fromEntries([
    ...Object.keys(names).map(name => [name, ask('meaningOf', name)] as const),
    ...[...named, ...others, ...brought].map(
      one => [questionOf(one), ask('hides', one.mark, one.path, one.brought)] as const,
    ),
  ]),
  checks: [
    {
      id: 'files-and-whiteouts',
      rung: 'plan',
      title: 'a name that begins with .wh. says that another is gone, and no other name does',
      points: 2,
      judge: meanings(of('plain', 'whiteout')),
    },
    {
      id: 'opaque-and-reserved',
      rung: 'plan',
      title: '.wh..wh..opq is the opaque mark, all else that begins with .wh..wh. is ignored',
      points: 1,
      judge: meanings(of('opaque', 'reserved')),
    },
    {
      id: 'names-nothing',
      rung: 'plan',
      title: 'a whiteout of nothing, of the directory itself, of its parent is none',
      points: 1,
      judge: meanings(of('invalid')),
    },
    {
      id: 'what-goes',
      rung: 'plan',
      title: 'what a mark names goes, with all that is in it',
      points: 1,
      judge: hidden(named),
    },
    {
      id: 'what-is-not-meant',
      rung: 'plan',
      title: 'what lies beside it stays, and so does the opaque directory itself',
      points: 1,
      judge: hidden(others.length === 0 ? [] : [...others, ...named]),
    },
    {
      id: 'own-files-stay',
      rung: 'plan',
      title: 'nothing goes that the layer itself brings',
      points: 2,
      judge: hidden([...brought, ...named]),
    },
    {
      id: 'removes-what-is-named',
      rung: 'effect',
      title: 'an unpacked layer shows what its marks leave, in whichever order the archive has them',
      points: 1,
      needs: ['root', 'tar'],
      judge: room => survived(() => removesWhatIsNamed(room)),
    },
    {
      id: 'as-the-kernel-shows-it',
      rung: 'effect',
      title: 'and that is what overlayfs shows of the same two directories',
      points: 1,
      needs: ['root', 'mount', 'setfattr'],
      judge: room => survived(() => showsWhatTheKernelShows(room)),
    },
  ],
}
