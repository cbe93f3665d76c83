/** native/protocol.h, read as far as its own style goes: enums, structs of fixed-width integers, defined numbers. */

import { readSource } from './repository.js'

/** Without comments. */
export const headerText = readSource('native/protocol.h').replace(/\/\*[\s\S]*?\*\//g, '')

const members = new Map(
  [...headerText.matchAll(/enum\s*\w*\s*\{([^}]*)\}/g)].flatMap(([, body]) => {
    let next = 0
    return body!
      .split(',')
      .filter(member => member.trim() !== '')
      .map(member => {
        const [name, value] = member.split('=').map(part => part.trim())
        const number = value === undefined ? next : Number(value)
        next = number + 1
        return [name!, number] as const
      })
  }),
)

export function enumOf(name: string): number {
  const number = members.get(name)
  if (number === undefined) throw new Error(`protocol.h has no ${name}`)
  return number
}

/** Names that begin so, with their numbers. */
export const enumsLike = (prefix: string): readonly (readonly [string, number])[] =>
  [...members].filter(([name]) => name.startsWith(prefix))

export function numberIn(pattern: RegExp): number {
  const found = pattern.exec(headerText)?.[1]
  if (found === undefined) throw new Error(`protocol.h has nothing like ${pattern}`)
  return Number(found)
}

/** Offsets of a struct's fields: each is aligned to its own width. */
export function fieldsOf(struct: string): { readonly offset: (field: string) => number; readonly size: number } {
  const body = new RegExp(`struct ${struct} \\{([^}]*)\\}`).exec(headerText)?.[1]
  if (body === undefined) throw new Error(`protocol.h has no struct ${struct}`)
  const fields = new Map<string, number>()
  let at = 0
  for (const [, bits, names] of body.matchAll(/u?int(\d+)_t ([^;]*);/g)) {
    const width = Number(bits) / 8
    for (const name of names!.split(',')) {
      at = Math.ceil(at / width) * width
      fields.set(name.trim(), at)
      at += width
    }
  }
  const offset = (field: string): number => {
    const found = fields.get(field)
    if (found === undefined) throw new Error(`struct ${struct} has no ${field}`)
    return found
  }
  return { offset, size: Math.ceil(at / 8) * 8 }
}
