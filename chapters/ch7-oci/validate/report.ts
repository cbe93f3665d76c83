/** What is told of findings: lines as a linter writes them, or JSON. Pure. */

import type { Finding, Level } from './rule.js'

export type Severity = 'error' | 'warning'
const severityOf: Readonly<Record<Level, Severity>> = { MUST: 'error', SHOULD: 'warning' }

/** The specifications that the tables follow. */
export const specVersions = { 'runtime-spec': '1.3.0', 'image-spec': '1.1.1' } as const

export interface Report {
  /** bundle, config, image or layout. */
  readonly kind: string
  readonly path: string
  readonly spec: keyof typeof specVersions
  /** What findings without a file are about: `config.json`. */
  readonly file: string
  readonly findings: readonly Finding[]
}

export const count = ({ findings }: Report, severity: Severity): number =>
  findings.filter(({ level }) => severityOf[level] === severity).length

/** @param strict warnings count as errors do */
export const isValid = (report: Report, strict: boolean): boolean =>
  count(report, 'error') + (strict ? count(report, 'warning') : 0) === 0

/** A line for each, in the order of the files, and one that counts. */
export function lines(report: Report): string[] {
  const { path, file } = report
  const told = sorted(report).map(({ at, rule, section, found, detail, file: own }) => {
    const value = found === undefined ? '' : `${at === '' ? '' : ' '}= ${shown(found)}`
    const place = [own ?? file, ...(at + value === '' ? [] : [at + value])].join(': ')
    return `${place}: ${rule}${detail === undefined ? '' : `: ${short(detail)}`}  (${section})`
  })
  const [errors, warnings] = [count(report, 'error'), count(report, 'warning')]
  const counted = errors + warnings === 0 ? 'valid' : `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`
  return [...told, `${path}: ${counted}`].map(oneLine)
}

/**
 * For machines: `version` counts up when a field changes its meaning or goes.
 * `found` is the value at the place and `detail` words about it, where there is one.
 */
export const asJson = (report: Report, strict: boolean) => ({
  version: 1,
  kind: report.kind,
  path: report.path,
  spec: report.spec,
  specVersion: specVersions[report.spec],
  valid: isValid(report, strict),
  errors: count(report, 'error'),
  warnings: count(report, 'warning'),
  findings: sorted(report).map(({ file, at, id, level, rule, section, found, detail }) => ({
    file: file ?? report.file,
    at,
    severity: severityOf[level],
    level,
    id,
    rule,
    section,
    url: urlOf(report.spec, section),
    ...(found === undefined ? {} : { found }),
    ...(detail === undefined ? {} : { detail }),
  })),
})

export function urlOf(spec: keyof typeof specVersions, section: string): string {
  if (section.startsWith('rfc')) return `https://www.rfc-editor.org/rfc/${section.replace('#', '.html#')}`
  return `https://github.com/opencontainers/${spec}/blob/v${specVersions[spec]}/${section}`
}

const plural = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

/** File by file as they were found, and in a file by place. */
function sorted({ findings }: Report): readonly Finding[] {
  const files = [...new Set(findings.map(({ file }) => file))]
  return [...findings].sort(
    (one, other) =>
      files.indexOf(one.file) - files.indexOf(other.file) || one.at.localeCompare(other.at, 'en', { numeric: true }),
  )
}

const LONGEST = 80
const short = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`)
const shown = (found: unknown): string => short(JSON.stringify(found) ?? String(found))

/** No control character of a stranger's file reaches the terminal. */
export const oneLine = (text: string): string =>
  text.replace(/[\0-\x1f\x7f-\x9f]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
