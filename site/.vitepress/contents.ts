/**
 * The sidebar, once for both languages: what pages there are, in which order, under which names. A test compares it with
 * the files: every page stands here, and nothing stands here that is no page.
 */

import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { DefaultTheme } from 'vitepress'
import { decisions } from '../data/decisions.js'
import { listLabs } from '../data/labs.js'

export type Language = 'en' | 'zh'
export type Text = Readonly<Record<Language, string>>

const site = fileURLToPath(new URL('../', import.meta.url))

/** A page by its path without an ending, `reference/ops`; `null` for what is to come. */
type Entry = readonly [path: string | null, text: Text]

interface Group {
  readonly text: Text
  readonly entries: readonly Entry[]
  readonly collapsed?: boolean
}

const same = (text: string): Text => ({ en: text, zh: text })

const chapters: readonly Entry[] = [
  ['ch1', { en: '1 · chroot', zh: '1 · chroot' }],
  ['ch2', { en: '2 · namespaces', zh: '2 · 命名空间' }],
  ['ch3', { en: '3 · cgroups', zh: '3 · cgroups' }],
  ['ch4', { en: '4 · images', zh: '4 · 镜像' }],
  ['ch5', { en: '5 · registry', zh: '5 · registry' }],
  [null, { en: '6 · daemon', zh: '6 · 守护进程' }],
  ['ch7', { en: '7 · OCI', zh: '7 · OCI' }],
]

const reference: readonly Entry[] = [
  ['reference/ops', { en: 'Ops', zh: '操作（op）' }],
  ['reference/invariants', { en: 'Invariants', zh: '不变式' }],
  ['reference/phases', { en: 'Phases', zh: '阶段' }],
  ['reference/errors', { en: 'Errors and exit codes', zh: '错误与退出码' }],
  ['reference/cli', { en: 'Command line', zh: '命令行' }],
  ['reference/glossary', { en: 'Glossary', zh: '术语表' }],
  ['reference/results', { en: 'Lab results', zh: '实验结果' }],
]

const about: readonly Entry[] = [
  ['about/principles', { en: 'Principles', zh: '原则' }],
  ['about/scope', { en: 'Scope', zh: '范围' }],
  ['about/recipe', { en: 'Adding a chapter', zh: '如何添加一章' }],
  ['about/changelog', { en: 'Changelog', zh: '更新日志' }],
]

function groups(language: Language): readonly Group[] {
  const labs = listLabs(language)
  const chaptersOfLabs = [...new Set(labs.map(({ chapter }) => chapter))]
  return [
    {
      text: { en: 'Start', zh: '开始' },
      entries: [
        ['start', { en: 'The story, and first commands', zh: '来龙去脉与第一条命令' }],
        ['where', { en: 'What works where', zh: '哪里能运行' }],
      ],
    },
    { text: { en: 'Chapters', zh: '章节' }, entries: chapters },
    {
      text: { en: 'Labs', zh: '实验' },
      entries: [
        ['labs/index', { en: 'How labs work', zh: '实验怎么做' }],
        ['labs/black-box', { en: 'Your own tool', zh: '自己写的工具' }],
      ],
    },
    ...chaptersOfLabs.map(chapter => ({
      text: { en: `Labs of ${chapter}`, zh: `${chapter} 的实验` },
      entries: labs.filter(lab => lab.chapter === chapter).map(({ id, title }): Entry => [`labs/${id}`, same(title)]),
      collapsed: false,
    })),
    { text: { en: 'Reference', zh: '参考' }, entries: reference, collapsed: false },
    {
      text: { en: 'The real thing', zh: '真实的实现' },
      entries: [['compare', { en: 'Compare', zh: '对照' }]],
    },
    { text: { en: 'About', zh: '关于' }, entries: about, collapsed: false },
    {
      text: { en: 'Decisions', zh: '设计决定' },
      entries: [
        ['about/decisions/index', { en: 'All decisions', zh: '全部决定' }],
        ...decisions().map(({ path, title }): Entry => [path, same(title)]),
      ],
      collapsed: true,
    },
  ]
}

/** Whether the page is there in that language: a page that is not yet translated has no place in its sidebar. */
function exists(path: string, language: Language): boolean {
  if (path.startsWith('labs/') && path !== 'labs/index') return true
  if (path.startsWith('about/decisions/0')) return true
  return fs.existsSync(`${site}${language === 'en' ? '' : `${language}/`}${path}.md`)
}

const linkOf = (path: string, language: Language): string =>
  `${language === 'en' ? '' : `/${language}`}/${path.replace(/(^|\/)index$/, '$1')}`

const toCome: Text = { en: 'to come', zh: '待写' }

export function sidebar(language: Language): DefaultTheme.SidebarItem[] {
  return groups(language).flatMap(({ text, entries, collapsed }) => {
    const items = entries.flatMap(([path, title]): DefaultTheme.SidebarItem[] => {
      if (path === null) return [{ text: `${title[language]} <span class="to-come">${toCome[language]}</span>` }]
      return exists(path, language) ? [{ text: title[language], link: linkOf(path, language) }] : []
    })
    return items.length === 0
      ? []
      : [{ text: text[language], items, ...(collapsed === undefined ? {} : { collapsed }) }]
  })
}

const navEntries: readonly (readonly [path: string, text: Text, match: string])[] = [
  ['start', { en: 'Start', zh: '开始' }, '^/(zh/)?(start|where)'],
  ['ch1', { en: 'Chapters', zh: '章节' }, '^/(zh/)?ch\\d'],
  ['labs/index', { en: 'Labs', zh: '实验' }, '^/(zh/)?labs/'],
  ['reference/ops', { en: 'Reference', zh: '参考' }, '^/(zh/)?reference/'],
  ['compare', { en: 'Compare', zh: '对照' }, '^/(zh/)?compare'],
  ['about/principles', { en: 'About', zh: '关于' }, '^/(zh/)?about/'],
]

export const nav = (language: Language): DefaultTheme.NavItem[] =>
  navEntries
    .filter(([path]) => exists(path, language))
    .map(([path, text, activeMatch]) => ({ text: text[language], link: linkOf(path, language), activeMatch }))
