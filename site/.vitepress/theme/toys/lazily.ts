/**
 * A component together with its data, loaded when a page needs them: on the server before the page is written, so that it
 * stands there without JavaScript; in the browser beside the page, and brought to life when it comes into view.
 */

import { type Component, defineAsyncComponent, h, hydrateOnVisible } from 'vue'

export const lazily = <Props extends object>(
  load: () => Promise<readonly [component: { readonly default: Component }, props: Props]>,
): Component =>
  defineAsyncComponent({
    hydrate: hydrateOnVisible({ rootMargin: '300px' }),
    loader: async () => {
      const [{ default: component }, props] = await load()
      return () => h(component, props)
    },
  })

/** Of what import.meta.glob found, the file with this name. @throws Error that names what there is */
export function fileNamed<T>(files: Readonly<Record<string, () => Promise<T>>>, name: string): Promise<T> {
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1, path.lastIndexOf('.'))
  const found = Object.entries(files).find(([path]) => nameOf(path) === name)
  if (found === undefined) throw new Error(`there is no '${name}' among ${Object.keys(files).map(nameOf).join(', ')}`)
  return found[1]()
}
