/** Places in a document whose types nobody has checked yet: `mounts[].destination`, `hooks.*[].path`. */

import { below } from '#core/spec/schema'

export interface Place<T = unknown> {
  readonly at: string
  readonly value: T
}

/**
 * What lies at the places of a pattern, in the document's order: nothing where a part of the way is not there.
 * @param pattern names joined by dots; `*` is every key, `[]` behind a name every entry; '' the document itself
 */
export function select(json: unknown, pattern: string): Iterable<Place> {
  const steps = pattern === '' ? [] : pattern.split('.').flatMap(word => word.split(/(?=\[\])/))
  let places: Place[] = [{ at: '', value: json }]
  for (const step of steps) places = places.flatMap(place => [...taken(place, step)])
  return places
}

function* taken({ at, value }: Place, step: string): Iterable<Place> {
  if (step === '[]') {
    if (Array.isArray(value)) for (const [i, item] of value.entries()) yield { at: `${at}[${i}]`, value: item }
    return
  }
  if (step === '*') yield* entries(value, at)
  else if (isObject(value) && Object.hasOwn(value, step)) yield { at: below(at, step), value: value[step] }
}

/** The fields of an object; none of anything else. */
export function* entries(value: unknown, at: string): Generator<Place & { readonly key: string }> {
  if (!isObject(value)) return
  for (const [key, field] of Object.entries(value)) yield { at: below(at, key), value: field, key }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
