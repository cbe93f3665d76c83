/**
 * Components as a server writes them: compiled by the tools that VitePress itself uses, on a page that is made up. What
 * comes out is what stands on the page before, or without, JavaScript.
 */

import type { Component } from 'vue'
import { createSSRApp, h } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { repository } from '#support/repository'

/** They come with VitePress; whoever depends on that depends on them. */
const bundler = 'vite'
const pluginVue = '@vitejs/plugin-vue'

interface Server {
  ssrLoadModule(path: string): Promise<{ readonly default: Component }>
  close(): Promise<void>
}
interface Bundler {
  createServer(options: object): Promise<Server>
}

const page = (lang: string): string => `
  import { ref } from 'vue'
  export const withBase = path => path
  export const useData = () => ({ lang: ref('${lang}'), theme: ref({ repository: 'https://example.org/repository' }) })`

export interface Theme {
  /** The HTML of a component with these props. */
  render(component: string, props?: object): Promise<string>
  close(): Promise<void>
}

export async function openTheme(lang: 'en-US' | 'zh-CN'): Promise<Theme> {
  const { createServer } = (await import(bundler)) as Bundler
  const { default: vue } = (await import(pluginVue)) as { readonly default: () => object }
  const server = await createServer({
    configFile: false,
    root: `${repository}site`,
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    ssr: { noExternal: ['vitepress'] },
    plugins: [
      vue(),
      {
        name: 'page',
        enforce: 'pre',
        resolveId: (id: string) => (id === 'vitepress' ? '\0page' : null),
        load: (id: string) => (id === '\0page' ? page(lang) : null),
      },
    ],
  })
  return {
    async render(component, props = {}) {
      const { default: it } = await server.ssrLoadModule(`/.vitepress/theme/components/${component}.vue`)
      return await renderToString(createSSRApp({ render: () => h(it, props) }))
    },
    close: () => server.close(),
  }
}

/** Text as a reader sees it: without tags, entities resolved. */
export const textOf = (html: string): string =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
