/** A rule of a spec as a row of a table: what it asks, how strictly, where the spec says so, and who breaks it. */

import { entries, isObject, type Place, select } from './place.js'

/** RFC 2119: what breaks a MUST is an error, what breaks a SHOULD a warning. */
export type Level = 'MUST' | 'SHOULD'

/** What a check yields: where the rule is broken. */
export interface Found {
  /** As one would write it in JavaScript: `linux.namespaces[2].type`; '' is the whole document. */
  readonly at: string
  /** The value that stands there, where showing it says more than the place. */
  readonly found?: unknown
  /** What else is to be said, in words. */
  readonly detail?: string
  /** Where the subject has several files. */
  readonly file?: string
}

export interface Rule<Subject> {
  readonly id: string
  readonly level: Level
  /** Page of the spec and heading: `config-linux.md#seccomp`. */
  readonly section: string
  /** One sentence that begins with the level. */
  readonly rule: string
  readonly check: (subject: Subject) => Iterable<Found>
}

export interface Finding extends Found {
  readonly id: string
  readonly level: Level
  readonly section: string
  readonly rule: string
}

/** What all rules of a table find. */
export function* broken<Subject>(rules: readonly Rule<Subject>[], subject: Subject): Generator<Finding> {
  for (const { id, level, section, rule, check } of rules) {
    for (const found of check(subject)) yield { ...found, id, level, section, rule }
  }
}

/** A document on its own is what most rules are about. */
export interface Document {
  readonly json: unknown
}

/** A check of every string at the pattern's places: it has to hold. */
export const everyText =
  (pattern: string, holds: (value: string) => boolean) =>
  ({ json }: Document): Iterable<Found> =>
    foundIn(textsAt(json, pattern), holds)

export const everyNumber =
  (pattern: string, holds: (value: number) => boolean) =>
  ({ json }: Document): Iterable<Found> =>
    foundIn(numbersAt(json, pattern), holds)

/** A check of every object at the pattern's places. What is shown is the place alone. */
export const everyObject = (pattern: string, holds: (value: Fields, json: unknown) => boolean) =>
  function* ({ json }: Document): Iterable<Found> {
    for (const { at, value } of objectsAt(json, pattern)) if (!holds(value, json)) yield { at }
  }

/** A check of the keys of every object there. */
export const everyKey = (pattern: string, holds: (key: string) => boolean) =>
  function* ({ json }: Document): Iterable<Found> {
    for (const { at, value } of objectsAt(json, pattern)) {
      for (const entry of entries(value, at)) if (!holds(entry.key)) yield { at: entry.at }
    }
  }

/** A check that says of each entry of a list whether it was there before. @param keyOf undefined: it counts for nothing */
export const noneTwice = (pattern: string, keyOf: (entry: Fields) => string | undefined) =>
  function* ({ json }: Document): Iterable<Found> {
    const seen = new Set<string>()
    for (const { at, value } of objectsAt(json, pattern)) {
      const key = keyOf(value)
      if (key !== undefined && seen.has(key)) yield { at, detail: key }
      if (key !== undefined) seen.add(key)
    }
  }

export type Fields = Readonly<Record<string, unknown>>

function* foundIn<T>(places: Iterable<Place<T>>, holds: (value: T) => boolean): Iterable<Found> {
  for (const { at, value } of places) if (!holds(value)) yield { at, found: value }
}

/** Values of a wrong type are left out everywhere below: the shape tells of them. */
export function* textsAt(json: unknown, pattern: string): Generator<Place<string>> {
  for (const { at, value } of select(json, pattern)) if (typeof value === 'string') yield { at, value }
}

export function* numbersAt(json: unknown, pattern: string): Generator<Place<number>> {
  for (const { at, value } of select(json, pattern)) if (typeof value === 'number') yield { at, value }
}

export function* objectsAt(json: unknown, pattern: string): Generator<Place<Fields>> {
  for (const { at, value } of select(json, pattern)) {
    if (isObject(value)) yield { at, value }
  }
}

export function* listsAt(json: unknown, pattern: string): Generator<Place<readonly unknown[]>> {
  for (const { at, value } of select(json, pattern)) if (Array.isArray(value)) yield { at, value }
}

/** The one value at a plain path, if it is a string. */
export const textAt = (json: unknown, path: string): string | undefined => textsAt(json, path).next().value?.value
/** Strings of a list; [] where there is none. */
export const wordsAt = (json: unknown, path: string): string[] => [...textsAt(json, `${path}[]`)].map(one => one.value)
