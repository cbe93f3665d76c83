/** Facts out of a file that `doctor --facts` wrote, perhaps edited by hand: what is there must look like what is known. */

import { fail } from '#core/errors'
import { cannedFacts, type Facts } from './facts.js'

/** What the file leaves out is as on a machine of the newest kind. @throws MiniDockerError naming the field */
export function parseFacts(file: string, json: unknown): Facts {
  checkLike(cannedFacts.v2, json, '', (at, why) =>
    fail('InvalidArgument', {
      what: `facts '${file}'${at === '' ? '' : `: ${at}`}`,
      why,
      hint: 'as mini-docker doctor --facts writes it',
    }),
  )
  return { ...cannedFacts.v2, ...(json as Partial<Facts>) }
}

type Refuse = (at: string, why: string) => never

/** Every field that both have is of one kind in both; a list's elements are like the model's first. */
function checkLike(model: unknown, given: unknown, at: string, refuse: Refuse): void {
  if (Array.isArray(model)) {
    if (!Array.isArray(given)) refuse(at, 'must be a list')
    else if (model.length > 0) for (const [i, one] of given.entries()) checkLike(model[0], one, `${at}[${i}]`, refuse)
    return
  }
  const isTool = at.startsWith('tools.') && given === null // null: it is not there
  if (isTool) return
  if (typeof given !== typeof model || given === null || Array.isArray(given)) refuse(at, `must be ${nameOf(model)}`)
  if (typeof model !== 'object' || model === null) return
  for (const [key, value] of Object.entries(model)) {
    const field = (given as Record<string, unknown>)[key]
    if (field !== undefined) checkLike(value, field, at === '' ? key : `${at}.${key}`, refuse)
  }
}

const nameOf = (model: unknown): string =>
  ({ object: 'an object', number: 'a number', string: 'a string', boolean: 'true or false' })[typeof model as 'object']
