/** What a component asks of the page that it stands on: its language, and where the sources can be read. */

import { useData } from 'vitepress'
import { type ComputedRef, computed } from 'vue'
import { type Language, languageOf, type Words, words } from '../words.js'

export interface Page {
  readonly language: ComputedRef<Language>
  readonly say: ComputedRef<Words>
  /** The address of a line of a source file, null where the site does not say where its repository is. */
  sourceLink(file: string, line: number): string | null
}

interface ThemeConfig {
  readonly repository?: string
  readonly socialLinks?: readonly { readonly icon: unknown; readonly link: string }[]
}

export function usePage(): Page {
  const { lang, theme } = useData<ThemeConfig>()
  const language = computed(() => languageOf(lang.value))
  const repository = computed(
    () => theme.value.repository ?? theme.value.socialLinks?.find(({ icon }) => icon === 'github')?.link,
  )
  return {
    language,
    say: computed(() => words[language.value]),
    sourceLink: (file, line) => (repository.value ? `${repository.value}/blob/main/${file}#L${line}` : null),
  }
}
