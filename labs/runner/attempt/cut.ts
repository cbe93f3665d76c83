/**
 * The skeleton of a lab, cut out of the chapter's own file: what stands between `#region solution` marks goes, a line that
 * says "yours" takes its place. Skeleton and solution cannot drift apart, because there is only one file. Pure.
 */

import type { Lab } from '#labs/index'

const begin = /^(\s*)\/\/ #region solution/
const end = /^\s*\/\/ #endregion solution/
const anyMark = /^\s*\/\/ #(end)?region\b/

export function cutSkeleton(source: string, lab: Lab): string {
  const lines: string[] = []
  let inside = false
  for (const line of source.split('\n')) {
    const [, indent] = begin.exec(line) ?? []
    if (indent !== undefined) {
      inside = true
      lines.push(`${indent}// TODO: yours. The task: labs/${lab.id}/task.md`, `${indent}return unsolved('${lab.id}')`)
    } else if (end.test(line)) {
      inside = false
    } else if (!inside && !anyMark.test(line)) {
      lines.push(line)
    }
  }
  return withUnsolved(fromAnywhere(lines.join('\n'), lab))
}

/** The reference as one that lies in the attempt's place would be: what `lab diff` and the wrong answers are held against. */
export const cutReference = (source: string, lab: Lab): string =>
  fromAnywhere(
    source
      .split('\n')
      .filter(line => !anyMark.test(line))
      .join('\n'),
    lab,
  )

/** Relative imports become the package's own: an attempt lies in another folder than the chapter's file. */
function fromAnywhere(text: string, { source }: Lab): string {
  const folder = source.slice('chapters/'.length).split('/').slice(0, -1)
  return text.replace(/from '(\.{1,2}\/[^']+)\.js'/g, (_, path: string) => {
    const whole = [...folder]
    for (const name of path.split('/')) {
      if (name === '..') whole.pop()
      else if (name !== '.') whole.push(name)
    }
    return `from '#chapters/${whole.join('/')}'`
  })
}

/** After the last import; where there is none, after what is said of the file. */
function withUnsolved(text: string): string {
  const imports = [...text.matchAll(/^import [\s\S]*? from '[^']+'$/gm)]
  const last = imports.at(-1) ?? /^\/\*\*[\s\S]*?\*\/\n/.exec(text)!
  const at = last.index + last[0].length
  return `${text.slice(0, at)}\nimport { unsolved } from '#core/lab'${text.slice(at)}`
}
