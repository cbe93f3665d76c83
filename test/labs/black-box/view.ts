/** What black-box checks of both chapters look at. */

import type { Tool, Wish } from '#labs/runner/grade/black-box'
import type { Failure } from '#labs/runner/grade/grader'
import type { Ran } from '#labs/runner/room/room'
import { type InsideFacts, parseFacts } from '#support/inside'

export const said = ({ code, stdout, stderr }: Ran): string =>
  [
    `exit ${code}`,
    stdout === '' ? 'nothing on stdout' : `'${stdout.trim().slice(0, 200)}'`,
    stderr.trim().slice(0, 200),
  ]
    .filter(text => text !== '')
    .join(', ')

/** null when it is so. */
export const unless = (holds: boolean, expected: string, ran: Ran): Failure | null =>
  holds ? null : { expected, found: said(ran) }

/** Runs `inside facts`, and judges what that says. */
export function judgeFacts(
  tool: Tool,
  wish: Omit<Wish, 'command' | 'rootfs'>,
  judge: (facts: InsideFacts) => Failure | null,
): Failure | null {
  const ran = tool.run({ ...wish, rootfs: tool.room.rootfs(), command: ['/bin/inside', 'facts'] })
  let facts: InsideFacts
  try {
    facts = parseFacts(ran.stdout)
  } catch {
    return { expected: '/bin/inside of the rootfs runs, and its output comes out', found: said(ran) }
  }
  return judge(facts)
}
