/**
 * --cgroup: a cgroup below the container's, which somebody has made there before: PATH alone in each hierarchy, CONTROLLER:PATH in that
 * controller's, and the container's own in the others. Pure. Source: runc-exec(8).
 */

import { fail } from '#core/errors'
import type { Pass } from '#core/plan/assemble'
import type { Spec } from '#core/spec/runtime'
import { directoriesOf, joinCgroup } from '../../ch3-cgroups/index.js'

/** @param container its spec; @param wanted the words of --cgroup. @throws MiniDockerError InvalidArgument */
export function joinBelow(container: Spec, wanted: readonly string[]): Pass {
  const below = new Map<string, string>()
  for (const word of wanted) {
    const [, controllers, path = ''] = /^(?:([^:]+):)?([^:]+)$/.exec(word) ?? []
    const refuse = (why: string): never => fail('InvalidArgument', { what: `--cgroup '${word}'`, why })
    if (path === '') refuse('is no [CONTROLLER[,CONTROLLER]:]PATH')
    if (path.split('/').includes('..')) refuse("leads out of the container's")
    if (controllers === undefined && wanted.length > 1) refuse('is for all controllers: there is no other beside it')
    for (const controller of controllers?.split(',') ?? ['']) {
      if (below.has(controller)) refuse(`names ${controller} again`)
      below.set(controller, path)
    }
  }
  return (spec, facts) => {
    const directories = directoriesOf(container, facts)
    for (const controller of below.keys()) {
      if (controller === '' || directories.some(({ controllers }) => controllers.includes(controller))) continue
      fail('InvalidArgument', { what: `--cgroup: controller '${controller}'`, why: 'is in no cgroup of the container' })
    }
    return joinCgroup(container)(spec, facts).map(step => {
      if (step.op !== 'join_cgroup') return step
      const { controllers = [] } = directories.find(({ path }) => path === step.path) ?? {}
      const path = below.get('') ?? controllers.flatMap(name => below.get(name) ?? [])[0]
      return path === undefined ? step : { ...step, path: `${step.path}/${path}` }
    })
  }
}
