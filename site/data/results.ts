/** The fields of `lab check --json` for the reference, out of the schema that is published, so that there is one text of each. */

import * as fs from 'node:fs'
import { type Language, repository } from './labs.js'
import { translated } from './translated.js'

export interface FieldRow {
  /** The object that it belongs to: `labs[].checks[]`, empty for the whole document. */
  readonly of: string
  /** `failure.expected` */
  readonly name: string
  /** `string[]`, `passed | failed | not run` */
  readonly type: string
  readonly optional: boolean
  readonly about: string
}

interface Schema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly string[]
  readonly description?: string
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

export const keyOf = ({ of, name }: Pick<FieldRow, 'of' | 'name'>): string => (of === '' ? name : `${of}.${name}`)

export function fieldRows(language: Language): FieldRow[] {
  const text = fs.readFileSync(`${repository}site/public/lab-results-1.schema.json`, 'utf8')
  const schema = JSON.parse(text) as Schema
  return rowsOf(schema, schema).map(row => ({ ...row, about: translated('results', keyOf(row), row.about, language) }))
}

/** An array's objects are a group of their own; an object's fields stand below it, but for those of a plain pair. */
function rowsOf(root: Schema, object: Schema, of = '', prefix = ''): FieldRow[] {
  const resolve = (schema: Schema): Schema => root.$defs?.[schema.$ref?.replace('#/$defs/', '') ?? ''] ?? schema
  return Object.entries(object.properties ?? {}).flatMap(([key, schema]): FieldRow[] => {
    const name = prefix + key
    const whole = resolve(schema)
    const item = whole.items === undefined ? undefined : resolve(whole.items)
    const isPair = schema.$ref !== undefined
    const row: FieldRow = {
      of,
      name,
      type: isPair ? `{ ${Object.keys(whole.properties ?? {}).join(', ')} }` : typeOf(whole, item),
      optional: object.required?.includes(key) !== true,
      about: schema.description ?? whole.description ?? '',
    }
    if (item?.properties !== undefined) return [row, ...rowsOf(root, item, `${keyOf({ of, name })}[]`)]
    return [row, ...(isPair ? [] : rowsOf(root, whole, of, `${name}.`))]
  })
}

function typeOf(schema: Schema, item: Schema | undefined): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.join(' | ')
  return schema.type === 'array' ? `${item?.type}[]` : (schema.type ?? '')
}
