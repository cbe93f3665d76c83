/**
 * Schemas of our own: functions that look at a JSON value and either take it as a T or say where and why not.
 *
 * A check gives the very value back that it was given. So what a schema does not know stays where it was, for others to
 * refuse by name.
 */

import { fail } from '#core/errors'

/** @param at the value's place in the document: `process.args[0]`, '' for the whole. @throws MiniDockerError */
export type Check<T> = (value: unknown, at: string) => T

type Shape = Readonly<Record<string, Check<unknown>>>
type Checked<S extends Shape> = { readonly [K in keyof S]: ReturnType<S[K]> }

/** The file that the values come from, as errors name it. */
const document = 'config.json'

export function refuse(at: string, why: string, hint?: string): never {
  const what = at === '' ? document : `${document}: ${at}`
  return fail('InvalidArgument', { what, why, ...(hint === undefined ? {} : { hint }) })
}

/** A NUL would end the text at the first system call that takes it, and hide the rest from it. */
export const text: Check<string> = (value, at) => {
  if (typeof value !== 'string') return refuse(at, 'must be a string')
  return value.includes('\0') ? refuse(at, 'must not contain a NUL') : value
}

export const boolean: Check<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : refuse(at, 'must be true or false')

export const integer =
  (least: number, most: number): Check<number> =>
  (value, at) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return refuse(at, 'must be an integer')
    return value >= least && value <= most ? value : refuse(at, `${value} is not in ${least}…${most}`)
  }

/** What another check takes, if it also fulfils a condition. */
export const where =
  <T>(check: Check<T>, holds: (value: T) => boolean, why: string): Check<T> =>
  (value, at) => {
    const taken = check(value, at)
    return holds(taken) ? taken : refuse(at, why)
  }

export const oneOf =
  <const T extends string>(...choices: readonly T[]): Check<T> =>
  (value, at) => {
    const said = text(value, at)
    const found = choices.find(choice => choice === said)
    return found ?? refuse(at, `'${said}' is not known`, choices.join(', '))
  }

export const list =
  <T>(item: Check<T>, { atLeast = 0 } = {}): Check<readonly T[]> =>
  (value, at) => {
    if (!Array.isArray(value)) return refuse(at, 'must be an array')
    if (value.length < atLeast) return refuse(at, 'must not be empty')
    value.forEach((entry: unknown, i) => {
      item(entry, `${at}[${i}]`)
    })
    return value as readonly T[]
  }

/** An object with free keys. */
export const map =
  <T>(item: Check<T>): Check<Readonly<Record<string, T>>> =>
  (value, at) => {
    const fields = asObject(value, at)
    for (const key of Object.keys(fields)) item(fields[key], below(at, key))
    return fields as Readonly<Record<string, T>>
  }

/** An object with fields that must and fields that may be there. Others are let through. */
export const object =
  <R extends Shape, O extends Shape>(required: R, optional: O): Check<Checked<R> & Partial<Checked<O>>> =>
  (value, at) => {
    const fields = asObject(value, at)
    for (const [key, check] of Object.entries(required)) {
      if (!Object.hasOwn(fields, key)) refuse(below(at, key), 'is missing')
      check(fields[key], below(at, key))
    }
    for (const [key, check] of Object.entries(optional)) {
      if (Object.hasOwn(fields, key)) check(fields[key], below(at, key))
    }
    return fields as Checked<R> & Partial<Checked<O>>
  }

function asObject(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(at, 'must be an object')
  return value as Record<string, unknown>
}

/** The place of a field, as one would write it in JavaScript. */
export function below(at: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${at}[${JSON.stringify(key)}]`
  return at === '' ? key : `${at}.${key}`
}
