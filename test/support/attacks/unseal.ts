/** A hook of Node's loader: who asks for core/sys/spawn gets that of unsealed-spawn, which alone gets the real one. */

interface Context {
  readonly parentURL?: string
}
type Next = (specifier: string, context: Context) => unknown

/** @public Node calls it */
export const resolve = (specifier: string, context: Context, next: Next): unknown =>
  specifier === '#core/sys/spawn' && !context.parentURL?.endsWith('/unsealed-spawn.js')
    ? next(new URL('unsealed-spawn.js', import.meta.url).href, context)
    : next(specifier, context)
