/**
 * Mutants: the reference with one small mistake in it, made by machine, everywhere where one can be made. A grader that lets
 * one through does not look there. Pure: from the text of a chapter's file to texts.
 *
 * What is only text for people (`why`, `by`, errors) is left alone.
 */

import { parse } from '@babel/parser'
import { phases } from '#core/plan/phase'

export interface Mutant {
  /** `12: 'MS_PRIVATE' → 'MS_PRIVATEx'`: line of the chapter's file, what stood there, what stands there now. */
  readonly name: string
  readonly text: string
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly loc: { readonly start: { readonly line: number } }
  readonly [key: string]: unknown
}
/** Replace a stretch of the text. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly by: string
}

const forPeople = new Set(['why', 'by', 'what', 'hint'])
/** Keys that hold nothing which runs. */
const types = new Set(['typeAnnotation', 'returnType', 'typeParameters', 'typeArguments', 'loc', 'comments', 'extra'])

export function mutantsOf(source: string): Mutant[] {
  const spans = solutionSpans(source)
  const { program } = parse(source, { sourceType: 'module', plugins: ['typescript'] }) as unknown as { program: Node }
  const inside = (node: Node): boolean => spans.some(([from, to]) => node.start >= from && node.end <= to)
  const mutants: Mutant[] = []
  for (const node of nodesBelow(program)) {
    if (!inside(node)) continue
    for (const { start, end, by } of editsOf(node, source)) {
      const before = source.slice(start, end).replace(/\s+/g, ' ')
      const after = by.replace(/\s+/g, ' ')
      if (before === after) continue
      const name = `${node.loc.start.line}: ${short(before)} → ${after === '' ? 'nothing' : short(after)}`
      mutants.push({ name, text: source.slice(0, start) + by + source.slice(end) })
    }
  }
  return mutants.filter(({ text }, i) => mutants.findIndex(one => one.text === text) === i)
}

const short = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 40)} … ${text.slice(-18)}`)

/** Where in the text the solutions stand. */
function solutionSpans(source: string): (readonly [number, number])[] {
  const marks = [...source.matchAll(/^\s*\/\/ #(region|endregion) solution[\w-]*$/gm)]
  return marks.flatMap((mark, i) => (mark[1] === 'region' ? [[mark.index, marks[i + 1]!.index] as const] : []))
}

function* nodesBelow(node: Node): Generator<Node> {
  yield node
  for (const [key, child] of Object.entries(node)) {
    if (types.has(key)) continue
    if (key === 'value' && node.type === 'ObjectProperty' && forPeople.has(keyOf(node))) continue
    if (key === 'init' && node.type === 'VariableDeclarator' && forPeople.has(nameOf(node.id))) continue
    for (const one of [child].flat()) if (isNode(one)) yield* nodesBelow(one)
  }
}
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' &&
  value !== null &&
  'type' in value &&
  'start' in value &&
  !String(value.type).startsWith('TSType')
const nameOf = (id: unknown): string => String((id as { name?: string }).name)
const keyOf = ({ key }: Node): string =>
  String((key as { name?: string; value?: string }).name ?? (key as { value?: string }).value)

const opposite: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
  '&&': '||',
  '||': '&&',
  '??': '&&',
}

function editsOf(node: Node, source: string): Edit[] {
  const textOf = (part: Node): string => source.slice(part.start, part.end)
  const become = (by: string, at: Node = node): Edit => ({ start: at.start, end: at.end, by })
  const one = (key: string): Node => node[key] as Node
  switch (node.type) {
    case 'ArrayExpression':
      return inArray(node.elements as Node[], source)
    case 'ObjectProperty':
      if (forPeople.has(keyOf(node)) || keyOf(node) === 'op' || keyOf(node) === 'phase') return []
      return [{ ...become(''), end: afterComma(source, node.end) }]
    case 'StringLiteral':
      return [become(otherText(String(node.value)))]
    case 'TemplateElement': {
      const { raw } = node.value as { raw: string }
      return raw.trim() === '' ? [] : [become(`${raw}x`)]
    }
    case 'NumericLiteral':
      return [become(String(Number(node.value) + 1))]
    case 'BooleanLiteral':
      return [become(String(!node.value))]
    case 'NullLiteral':
      return [become("''")]
    case 'ConditionalExpression':
      return [become(textOf(one('consequent'))), become(textOf(one('alternate')))]
    case 'IfStatement':
      return [become('true', one('test')), become('false', one('test'))]
    case 'LogicalExpression':
      return [
        become(textOf(one('left'))),
        become(textOf(one('right'))),
        become(`${textOf(one('left'))} ${opposite[String(node.operator)]} (${textOf(one('right'))})`),
      ]
    case 'BinaryExpression': {
      const operator = opposite[String(node.operator)]
      return operator === undefined ? [] : [become(`${textOf(one('left'))} ${operator} ${textOf(one('right'))}`)]
    }
    case 'UnaryExpression':
      return node.operator === '!' ? [become(textOf(one('argument')))] : []
    case 'ExpressionStatement':
      return [become('')]
    case 'ReturnStatement':
      return /^[[(]|^\w+$|Map|map/.test(textOf((node.argument ?? node) as Node)) ? [become('return []')] : []
    case 'CallExpression': {
      const callee = one('callee')
      const property = callee.property as { name?: string } | undefined
      return property?.name === 'filter' || property?.name === 'slice' ? [become(textOf(callee.object as Node))] : []
    }
    default:
      return []
  }
}

/** Without each of its elements, and with each pair of neighbours exchanged. */
function inArray(elements: readonly Node[], source: string): Edit[] {
  const without = elements.map(({ start, end }) => ({ start, end: afterComma(source, end), by: '' }))
  const exchanged = elements.slice(1).map((second, i) => {
    const first = elements[i]!
    const between = source.slice(first.end, second.start)
    const by = source.slice(second.start, second.end) + between + source.slice(first.start, first.end)
    return { start: first.start, end: second.end, by }
  })
  return [...without, ...exchanged]
}

const afterComma = (source: string, end: number): number => end + (/^\s*,/.exec(source.slice(end))?.[0].length ?? 0)

/** Another phase for a phase; otherwise a text that nobody meant. */
function otherText(text: string): string {
  const at = (phases as readonly string[]).indexOf(text)
  return `'${at < 0 ? `${text}x` : (phases[at + 1] ?? phases[at - 1])}'`
}
