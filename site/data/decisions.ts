/** The notes about decisions, in their order; `0004-the-bin.md` is called by its first line, `# 4. The bin …`. */

import * as fs from 'node:fs'
import { repository } from './labs.js'

export interface Decision {
  /** Without an ending: `about/decisions/0004-the-bin`. */
  readonly path: string
  readonly title: string
  readonly text: string
}

const directory = 'about/decisions'

export const decisions = (): Decision[] =>
  fs
    .readdirSync(`${repository}site/${directory}`)
    .filter(name => /^\d{4}-.*\.md$/.test(name))
    .sort()
    .map(name => {
      const text = fs.readFileSync(`${repository}site/${directory}/${name}`, 'utf8')
      return { path: `${directory}/${name.slice(0, -3)}`, title: /^# (.*)$/m.exec(text)?.[1] ?? name, text }
    })
