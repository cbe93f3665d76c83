/** The notes are written in English alone; in the Chinese tree they stand in its frame, and say so. */

import { decisions } from '../../../data/decisions.js'

const notice = '\n\n::: info\n这篇笔记只有英文。\n:::\n'

export default {
  watch: ['../../../about/decisions/*.md'],
  paths: () =>
    decisions().map(({ path, text }) => ({
      params: { note: path.slice(path.lastIndexOf('/') + 1) },
      content: text.replace(/^# .*$/m, title => `${title}${notice}`),
    })),
}
