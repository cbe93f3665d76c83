/**
 * `npm run picture`: runs the README's first commands for real, on a terminal of 100 columns, and draws what they printed:
 * site/public/run.svg. Needs script(1) and stty(1), and root or user namespaces, as a container does.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const columns = 100
const rows = 60

/** As typed, and how much of what it prints is shown. */
const commands: readonly (readonly [typed: string, lines: number])[] = [
  [`mini-docker ch2 run --name box -- sh -c 'hostname; ps; ls /'`, rows],
  ['mini-docker ch2 run --name box --explain', 25],
]

interface Style {
  bold: boolean
  dim: boolean
  /** The last digit of SGR 30–37 and 90–97; null is the terminal's own. */
  colour: number | null
}

/** A stretch of text of one style, and the column where it begins. */
interface Stretch extends Style {
  readonly column: number
  readonly text: string
}
type Line = readonly Stretch[]

const plain: Style = { bold: false, dim: false, colour: null }

function printed(typed: string): string[] {
  const program = `'${process.execPath}' '${repository}dist/mini-docker.cjs'`
  const onTerminal = `stty cols ${columns} rows ${rows}; ${typed.replace('mini-docker', program)}`
  const { FORCE_COLOR: _, NO_COLOR: __, ...env } = process.env
  const output = execFileSync('script', ['--quiet', '--return', '--command', onTerminal, '/dev/null'], {
    encoding: 'utf8',
    env: { ...env, TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return output.trimEnd().split(/\r*\n/)
}

/** ECMA-48 SGR: the few numbers that our own output and busybox's ls use. */
function select(style: Style, code: number): Style {
  if (code === 0) return plain
  if (code === 1) return { ...style, bold: true }
  if (code === 2) return { ...style, dim: true }
  if (code === 22) return { ...style, bold: false, dim: false }
  if (code === 39) return { ...style, colour: null }
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return { ...style, colour: code % 10 }
  return style
}

/** Stretches end at escapes and at wide gaps: drawn at its own column, each stays there whatever font the reader has. */
function parseLine(line: string): Line {
  const stretches: Stretch[] = []
  let style = plain
  let column = 0
  for (const [, codes, text] of line.matchAll(/\x1b\[([\d;]*)m|([^\x1b]+)/g)) {
    if (text === undefined) {
      style = codes!.split(';').map(Number).reduce(select, style)
      continue
    }
    for (const match of text.matchAll(/\S+(?: \S+)*/g)) {
      stretches.push({ ...style, column: column + match.index, text: match[0] })
    }
    column += [...text].length
  }
  return stretches
}

const prompt = (typed: string): Line => [
  { ...plain, bold: true, colour: 2, column: 0, text: '$' },
  { ...plain, bold: true, column: 2, text: typed },
]

function screen(): Line[] {
  return commands.flatMap(([typed, count], i) => {
    const lines = printed(typed)
    const cut =
      lines.length > count ? [[{ ...plain, dim: true, column: 0, text: `… ${lines.length - count} more lines` }]] : []
    return [...(i === 0 ? [] : [[]]), prompt(typed), ...lines.slice(0, count).map(parseLine), ...cut]
  })
}

/* The drawing. Dark in itself with a border of its own, so that it reads the same on a light page and on a dark one. */

const size = 14
const fonts = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
const cell = { width: 8.43, height: 19 } as const
const padding = 20
const bar = 36
/** SGR 30–37 on dark. */
const palette = ['#6e7681', '#ff7b72', '#7ee787', '#e3b341', '#79c0ff', '#d2a8ff', '#76e3ea', '#d5dbe3'] as const
const [background, border, text, faint] = ['#0f141b', '#3b444f', '#d5dbe3', '#8b96a3'] as const

const escaped = (raw: string): string => raw.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
const number = (value: number): string => String(Math.round(value * 100) / 100)

/** The length is said, too: a font that is wider or narrower than most is fitted to the columns. */
function drawStretch({ column, text: raw, bold, dim, colour }: Stretch): string {
  const names = [bold ? 'b' : '', dim ? 'd' : '', colour === null ? '' : `c${colour}`].filter(name => name !== '')
  const style = names.length === 0 ? '' : ` class="${names.join(' ')}"`
  const length = number([...raw].length * cell.width)
  return `<tspan x="${number(padding + column * cell.width)}" textLength="${length}"${style}>${escaped(raw)}</tspan>`
}

function draw(lines: readonly Line[]): string {
  const width = Math.ceil(columns * cell.width + 2 * padding)
  const height = bar + lines.length * cell.height + padding
  const used = new Set(lines.flat().flatMap(({ colour }) => (colour === null ? [] : [colour])))
  const colours = [...used].sort().map(colour => `.c${colour}{fill:${palette[colour]}}`)
  const dots = [palette[1], palette[3], palette[2]].map(
    (fill, i) => `<circle cx="${22 + 20 * i}" cy="19" r="6" fill="${fill}"/>`,
  )
  const rowsOfText = lines.flatMap((line, row) => {
    const y = bar + row * cell.height + size
    return line.length === 0 ? [] : [`<text y="${y}">${line.map(drawStretch).join('')}</text>`]
  })
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(commands.map(([typed]) => typed).join(' and '))}: what they print</title>`,
    `<style>text{font-family:${fonts};font-size:${size}px;fill:${text};white-space:pre}`,
    `.b{font-weight:700}.d{fill:${faint}}${colours.join('')}</style>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="10" fill="${background}" stroke="${border}"/>`,
    ...dots,
    ...rowsOfText,
    '</svg>',
  ].join('\n')}\n`
}

const svg = draw(screen())
const target = `${repository}site/public/run.svg`
fs.mkdirSync(`${repository}site/public`, { recursive: true })
fs.writeFileSync(target, svg)
console.log(`${target}: ${(svg.length / 1000).toFixed(1)} kB`)
