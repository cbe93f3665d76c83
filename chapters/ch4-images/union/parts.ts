/** The plan of `ch4 union`: a mount namespace, one mount, the command. Pure. */

import { type Parts, passesOf } from '#core/chapter'
import { assemble } from '#core/plan/assemble'
import type { Plan } from '#core/plan/step'
import type { Facts } from '#core/sys/facts'
import { ch2, defaultSpec } from '../../ch2-namespaces/index.js'
import { type UnionWish, unionAt } from './union-mount.js'

/** @param env `KEY=VALUE`, of who calls: the command sees the host */
export function unionPlan(wish: UnionWish, command: readonly string[], env: readonly string[], facts: Facts): Plan {
  const here = [...env.filter(entry => !entry.startsWith('PWD=')), `PWD=${wish.at}`]
  const process = { args: command, env: here, cwd: wish.at, user: { uid: 0, gid: 0 } }
  const { mounts: _, ...spec } = defaultSpec({ rootfs: '/', process, namespaces: ['mount'] }, facts)
  return assemble(passesOf(unionParts(wish)), spec, facts)
}

export function unionParts(wish: UnionWish): Parts {
  const { mapIds, isolate, privateMounts, findProgram, exec } = ch2.parts as Readonly<Record<string, Parts[string]>>
  return {
    mapIds: mapIds!,
    isolate: isolate!,
    privateMounts: privateMounts!,
    union: unionAt(wish),
    findProgram: findProgram!,
    exec: exec!,
  }
}
