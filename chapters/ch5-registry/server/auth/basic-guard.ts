/** Basic authentication: the password comes with each request. Source: RFC 7617. */

import { formatChallenge } from '../../protocol/challenge.js'
import { refuse } from '../refusal.js'
import type { Access } from './access.js'
import { credentialsOf } from './credentials.js'
import type { Guard } from './guard.js'
import type { Htpasswd } from './htpasswd.js'
import { allowed, type Policy } from './policy.js'

const challenge = { 'www-authenticate': formatChallenge('Basic', { realm: 'registry' }) }

/** @param users null: there are none, and everybody is anonymous */
export function basicGuard(users: Htpasswd | null, policy: Policy): Guard {
  return {
    async admit(request, resource, name, action) {
      const credentials = credentialsOf(request.headers.authorization)
      let user: string | null = null
      if (users !== null && credentials !== null) {
        if (credentials === 'wrong' || credentials.scheme !== 'basic') refuse('UNAUTHORIZED', { headers: challenge })
        const isRight = await users.verify(credentials.user, credentials.password)
        if (!isRight) refuse('UNAUTHORIZED', { message: 'wrong user or password', headers: challenge })
        user = credentials.user
      }
      const access = accessOf(policy, user)
      const isAllowed = action === null ? resource === 'catalog' || mayCome(policy, user) : access.may(action, name)
      if (isAllowed && (resource !== 'catalog' || access.mayList)) return access
      if (user === null && users !== null) refuse('UNAUTHORIZED', { headers: challenge })
      return refuse('DENIED', action === null ? {} : { message: `${action} of '${name}' is not allowed` })
    },
  }
}

export const accessOf = (policy: Policy, user: string | null): Access => ({
  user,
  may: (action, repository) => allowed(policy, user, repository).has(action),
  mayList: mayCome(policy, user),
})

/** Whether it is known, or anything is open to those who are not: clients ask `/v2/` whether they have to log in. */
export const mayCome = ({ rules }: Policy, user: string | null): boolean =>
  user !== null || rules.some(({ who }) => who.includes('anonymous'))
