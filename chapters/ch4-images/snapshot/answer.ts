/** The other side of `ask`. */

import { Flags } from '#core/cli/flags'
import { executorOf } from '#core/cli/seeing'
import { overlay, overlayInUserNamespace } from '#core/doctor/overlay'
import { Scratch } from '#core/doctor/scratch'
import { probeFacts } from '#core/sys/probe'
import { callWorker } from '../worker/call.js'
import type { Questions } from './ask.js'

const answers: { readonly [N in keyof Questions]: (question: Questions[N]) => Promise<number> } = {
  async overlay({ place }) {
    const scratch = new Scratch(place)
    try {
      const uid = process.geteuid?.() ?? -1
      const root = uid === 0
      const { status } = await (root ? overlay : overlayInUserNamespace(false)).look({
        uid,
        gid: process.getegid?.() ?? -1,
        root,
        user: String(uid),
        facts: probeFacts(),
        executor: await executorOf(new Flags()),
        scratch,
      })
      return status === 'ok' ? 0 : 1
    } finally {
      scratch.remove()
    }
  },
  async copy({ root, from, to }) {
    await callWorker({ job: 'copy', arguments: { from, to }, directory: root })
    return 0
  },
}

export const answer = ([name, question]: readonly string[]): Promise<number> =>
  answers[name as keyof Questions](JSON.parse(question!))
