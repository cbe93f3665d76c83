/** What the frame of each language says: labels of the theme, and of its search. */

import type { DefaultTheme } from 'vitepress'
import { type Language, nav, sidebar } from './contents.js'
import { repositoryUrl } from './repository.js'

const descriptions: Readonly<Record<Language, string>> = {
  en: 'A workbook that rebuilds Docker from nothing, chapter by chapter, in TypeScript: containers as plans that you can read before they run.',
  zh: '一本从零重写 Docker 的练习册：一章一层，全用 TypeScript。容器先是一份计划，读过再运行。',
}

const edit = (text: string): DefaultTheme.EditLink => ({ pattern: `${repositoryUrl}/edit/main/site/:path`, text })

const labels: Readonly<Record<Language, DefaultTheme.Config>> = {
  en: {
    editLink: edit('Edit this page'),
    outline: { level: [2, 3], label: 'On this page' },
    docFooter: { prev: 'Previous', next: 'Next' },
    skipToContentLabel: 'Skip to content',
    footer: {
      message: 'Apache-2.0. Chapters 1 to 5 give isolation, not yet security.',
    },
  },
  zh: {
    editLink: edit('编辑本页'),
    outline: { level: [2, 3], label: '本页目录' },
    docFooter: { prev: '上一页', next: '下一页' },
    darkModeSwitchLabel: '外观',
    lightModeSwitchTitle: '切换到浅色',
    darkModeSwitchTitle: '切换到深色',
    sidebarMenuLabel: '目录',
    returnToTopLabel: '回到顶部',
    langMenuLabel: '切换语言',
    skipToContentLabel: '跳到正文',
    notFound: {
      title: '没有这一页',
      quote: '链接可能写错了，或者这一页搬走了。',
      linkLabel: '回到首页',
      linkText: '回到首页',
    },
    footer: {
      message: 'Apache-2.0。第 1 到第 5 章给的是隔离，还不是安全。',
    },
  },
}

export const themeConfig = (language: Language): DefaultTheme.Config => ({
  ...labels[language],
  nav: nav(language),
  sidebar: sidebar(language),
})

export const description = (language: Language): string => descriptions[language]

/** English is the search's own default. */
export const searchLocales: NonNullable<DefaultTheme.LocalSearchOptions['locales']> = {
  root: {
    translations: {
      button: { buttonText: 'Search', buttonAriaLabel: 'Search' },
    },
  },
  zh: {
    translations: {
      button: { buttonText: '搜索', buttonAriaLabel: '搜索' },
      modal: {
        displayDetails: '显示详情',
        resetButtonTitle: '清空',
        backButtonTitle: '关闭',
        noResultsText: '没有结果：',
        footer: {
          selectText: '打开',
          selectKeyAriaLabel: '回车键',
          navigateText: '上下移动',
          navigateUpKeyAriaLabel: '向上键',
          navigateDownKeyAriaLabel: '向下键',
          closeText: '关闭',
          closeKeyAriaLabel: 'Esc 键',
        },
      },
    },
  },
}
