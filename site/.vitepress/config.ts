/** The site: both languages, search, code, what the build leaves beside the pages. */

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { breakWell } from './inline.js'
import { writeLlms } from './llms.js'
import { description, searchLocales, themeConfig } from './locales.js'
import { base, repositoryUrl, siteUrl } from './repository.js'
import { renderForSearch, splitForSearch, tokenize } from './search.js'

const frame = (name: string): string => fileURLToPath(new URL(`theme/frame/${name}.vue`, import.meta.url))

export default defineConfig({
  title: 'mini-docker',
  description: description('en'),
  base,
  cleanUrls: true,
  ignoreDeadLinks: false,
  // a build from a tarball has no history to ask
  lastUpdated: false,
  srcExclude: ['**/README.md'],
  sitemap: { hostname: siteUrl },
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}favicon.svg` }],
    ['meta', { name: 'theme-color', content: '#fbfaf7', media: '(prefers-color-scheme: light)' }],
    ['meta', { name: 'theme-color', content: '#14181c', media: '(prefers-color-scheme: dark)' }],
    ['meta', { property: 'og:type', content: 'website' }],
    ['meta', { property: 'og:title', content: 'mini-docker: Docker, rebuilt from nothing' }],
    ['meta', { property: 'og:description', content: description('en') }],
  ],
  locales: {
    root: { label: 'English', lang: 'en', themeConfig: themeConfig('en') },
    zh: {
      label: '简体中文',
      lang: 'zh-Hans',
      description: description('zh'),
      themeConfig: themeConfig('zh'),
    },
  },
  themeConfig: {
    logo: { src: '/favicon.svg', alt: '' },
    externalLinkIcon: true,
    socialLinks: [{ icon: 'github', link: repositoryUrl, ariaLabel: 'GitHub' }],
    search: {
      provider: 'local',
      options: {
        locales: searchLocales,
        _render: renderForSearch,
        miniSearch: {
          options: { tokenize },
          searchOptions: { tokenize, boost: { title: 4, titles: 2, text: 1 }, fuzzy: 0.1, prefix: true },
          _splitIntoSections: splitForSearch,
        },
      },
    },
  },
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: breakWell,
  },
  vite: {
    // parts of the theme that assistive technology stumbles over, and ours in their place
    resolve: {
      alias: [
        { find: /^\.\/VPSidebarItem\.vue$/, replacement: frame('SidebarItem') },
        { find: /^\.\/VPHome\.vue$/, replacement: frame('Home') },
      ],
    },
    // sources beside the site (code regions, data) are read from the whole repository
    server: { fs: { allow: [fileURLToPath(new URL('../../', import.meta.url))] } },
    build: { chunkSizeWarningLimit: 700 },
  },
  buildEnd: writeLlms,
})
