/** The default theme without its fonts, our look, and the components that pages use by name. */

import type { Theme } from 'vitepress'
import DefaultTheme from 'vitepress/theme-without-fonts'
import { type Component, defineAsyncComponent, h } from 'vue'
// after the default theme, whose rules it changes
import './styles.js'

/** `components/PlanStepper.vue` is <PlanStepper />: a file there is a component everywhere, and loaded where it is used. */
const components = import.meta.glob<Component>('./components/*.vue', { import: 'default' })

const HeroPhases = defineAsyncComponent(() => import('./HeroPhases.vue'))

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'home-hero-image': () => h(HeroPhases) }),
  enhanceApp({ app }) {
    for (const [path, load] of Object.entries(components)) {
      app.component(/(\w+)\.vue$/.exec(path)![1]!, defineAsyncComponent(load))
    }
  },
} satisfies Theme
