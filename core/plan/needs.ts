/** What a plan needs of the host before its first step: the programs that its host lane calls. */

import { fail } from '#core/errors'
import type { Facts, ToolName } from '#core/sys/facts'
import type { HostOp, Plan } from './step.js'

const needs: { readonly [O in HostOp]?: readonly ToolName[] } = {
  ip_batch: ['ip', 'nsenter'],
  move_link: ['ip'],
  tc_batch: ['tc', 'nsenter'],
  nft: ['nft'],
}

/** @throws MiniDockerError (FailedPrecondition) naming the first program that is missing, before anything is performed */
export function checkNeeds(plan: Plan, facts: Pick<Facts, 'tools'>): void {
  for (const step of plan.steps) requireTools(step.by, needs[step.op as HostOp] ?? [], facts)
}

/** @param by who needs them, for the message */
export function requireTools(by: string, names: readonly ToolName[], { tools }: Pick<Facts, 'tools'>): void {
  const missing = names.find(name => tools[name] === null)
  if (missing === undefined) return
  fail('FailedPrecondition', {
    what: `${by}: program '${missing}'`,
    why: 'is not on this machine',
    hint: 'mini-docker doctor says what is missing, and which package brings it',
  })
}
