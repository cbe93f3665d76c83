/**
 * The shapes of the specs' documents, as data: what type a field has, which fields must be there, which words and numbers are
 * allowed. One walk compares a document with its shape and finds all that does not fit.
 *
 * core/spec/schema.ts stops at the first thing that we could not carry out; here all is told that the specs do not allow.
 */

import { below } from '#core/spec/schema'
import { isObject } from './place.js'
import type { Finding } from './rule.js'

export type Fields = Readonly<Record<string, Shape>>

export type Shape = (
  | { readonly is: 'string'; readonly words?: readonly string[]; readonly match?: RegExp; readonly like?: string }
  | { readonly is: 'boolean' }
  | { readonly is: 'integer'; readonly least: number; readonly most: number; readonly like: string }
  | { readonly is: 'array'; readonly item: Shape; readonly atLeast: number }
  | { readonly is: 'map'; readonly item: Shape }
  | ObjectShape
) & { readonly section?: string }

export interface ObjectShape {
  readonly is: 'object'
  /** Of the spec: for all in it that has none of its own. */
  readonly section: string
  readonly required: Fields
  readonly optional: Fields
  /** null stands for an optional field that is not there. */
  readonly nullable: boolean
}

export const text: Shape = { is: 'string' }
export const boolean: Shape = { is: 'boolean' }
export const words = (...choices: readonly string[]): Shape => ({ is: 'string', words: choices })
/** @param like what it must be, in words: `a digest: ALGORITHM:ENCODED` */
export const matching = (match: RegExp, like: string): Shape => ({ is: 'string', match, like })
export const integer = (least: number, most: number, like = `an integer from ${least} to ${most}`): Shape => ({
  is: 'integer',
  least,
  most,
  like,
})
export const list = (item: Shape, atLeast = 0): Shape => ({ is: 'array', item, atLeast })
export const map = (item: Shape): Shape => ({ is: 'map', item })
export const object = (section: string, required: Fields, optional: Fields = {}, nullable = false): ObjectShape => ({
  is: 'object',
  section,
  required,
  optional,
  nullable,
})

/** A shape that another section tells of than the object around it. */
export const from = (section: string, shape: Shape): Shape => ({ ...shape, section })

export const u16 = integer(0, 0xffff, 'a uint16')
export const u32 = integer(0, 2 ** 32 - 1, 'a uint32')
/** JSON's numbers are doubles here: the last of 64 bits reads as 2^64. */
export const u64 = integer(0, 2 ** 64, 'a uint64')
export const i32 = integer(-(2 ** 31), 2 ** 31 - 1, 'an int32')
export const i64 = integer(-(2 ** 63), 2 ** 63, 'an int64')
export const texts = list(text)

/** Rules that come from the shape alone: the section is that of the object. */
const misfit = (id: string, section: string, rule: string, at: string, found?: unknown): Finding => ({
  id: `shape-${id}`,
  level: 'MUST',
  section,
  rule: `MUST ${rule}`,
  at,
  ...(found === undefined ? {} : { found }),
})

/** A list or a map is told of where its items are. */
function sectionOf(shape: Shape, around: string): string {
  return shape.section ?? ('item' in shape ? sectionOf(shape.item, around) : around)
}

/**
 * All that does not fit.
 * @param at the place of the value, '' for the whole document
 * @param around the section of what it is in
 */
export function* misfits(shape: Shape, value: unknown, at: string, around: string): Generator<Finding> {
  const section = sectionOf(shape, around)
  switch (shape.is) {
    case 'string':
      if (typeof value !== 'string') yield misfit('type', section, 'be a string', at, value)
      else if (shape.words !== undefined && !shape.words.includes(value))
        yield misfit('value', section, `be one of ${shape.words.join(', ')}`, at, value)
      else if (shape.match !== undefined && !shape.match.test(value))
        yield misfit('format', section, `be ${shape.like}`, at, value)
      return
    case 'boolean':
      if (typeof value !== 'boolean') yield misfit('type', section, 'be true or false', at, value)
      return
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value))
        yield misfit('type', section, 'be an integer', at, value)
      else if (value < shape.least || value > shape.most) yield misfit('range', section, `be ${shape.like}`, at, value)
      return
    case 'array':
      if (!Array.isArray(value)) yield misfit('type', section, 'be an array', at, value)
      else if (value.length < shape.atLeast) yield misfit('count', section, 'have at least one entry', at)
      else for (const [i, item] of value.entries()) yield* misfits(shape.item, item, `${at}[${i}]`, section)
      return
    case 'map':
      if (!isObject(value)) yield misfit('type', section, 'be an object', at, value)
      else for (const key of Object.keys(value)) yield* misfits(shape.item, value[key], below(at, key), section)
      return
    case 'object':
      if (!isObject(value)) yield misfit('type', section, 'be an object', at, value)
      else yield* misfitsIn(shape, value, at)
  }
}

function* misfitsIn(shape: ObjectShape, value: Readonly<Record<string, unknown>>, at: string): Generator<Finding> {
  for (const [key, field] of Object.entries(shape.required)) {
    if (Object.hasOwn(value, key)) yield* misfits(field, value[key], below(at, key), shape.section)
    else yield misfit('missing', shape.section, 'be there', below(at, key))
  }
  for (const [key, field] of Object.entries(shape.optional)) {
    const isThere = Object.hasOwn(value, key) && !(shape.nullable && value[key] === null)
    if (isThere) yield* misfits(field, value[key], below(at, key), shape.section)
  }
}
