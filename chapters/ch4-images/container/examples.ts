/**
 * Containers from images, and a union by hand, as examples: layers where the snapshotter would have them, and no image that
 * anybody had to load. Pure, as the other chapters' are; apart from ch4's specs, because the layers are no part of a spec.
 */

import type { Parts } from '#core/chapter'
import type { Spec } from '#core/spec/runtime'
import { cannedFacts, type Facts } from '#core/sys/facts'
import { ch2, defaultSpec } from '../../ch2-namespaces/index.js'
import { ch3 } from '../../ch3-cgroups/index.js'
import { overlayOptions } from '../snapshot/overlay-options.js'
import type { RootMount } from '../snapshot/snapshotter.js'
import { unionParts } from '../union/parts.js'
import type { UnionWish } from '../union/union-mount.js'
import { imageRoot, workdir } from './image-root.js'

export interface StackExample {
  readonly spec: Spec
  /** ch3's, and the root that is put together of layers. */
  readonly parts: Parts
  readonly facts: Facts
}

/** The snapshots' root of a machine that nobody has touched. */
const root = '/var/lib/mini-docker/snapshots/overlay'
export const exampleAt = '/var/lib/mini-docker/snapshots/root'

/** The story's stack, the lowest first: OS, language runtime, web server, app; and a directory to write in. */
export const exampleMount: RootMount = overlayOptions({
  root,
  below: ['1', '2', '3', '4'],
  own: '5',
  rootless: false,
})

/** @param spec whose root is replaced */
export const fromLayers = (spec: Spec, mount: RootMount, at: string, facts: Facts): StackExample => ({
  spec: { ...spec, root: { ...spec.root, path: at } },
  parts: { ...ch3.parts, enterRoot: imageRoot(mount), workdir },
  facts,
})

export const fromUnion = (spec: Spec, wish: UnionWish, facts: Facts): StackExample => {
  const { args, env = [] } = spec.process
  const process = { args, env, cwd: wish.at, user: { uid: 0, gid: 0 } }
  const { mounts: _, ...bare } = defaultSpec({ rootfs: '/', process, namespaces: ['mount'] }, facts)
  return { spec: bare, parts: unionParts(wish), facts }
}

export const exampleUnion: UnionWish = {
  lower: ['/srv/os', '/srv/app'],
  upper: '/srv/changes',
  work: '/srv/changes.work',
  at: '/mnt',
  rootless: false,
}

const inDirectory = (spec: Spec): Spec => ({ ...spec, process: { ...spec.process, cwd: '/srv/www' } })

/** Each is made when it is looked at: a run loads the chapter, and needs none. */
export const stackExamples = {
  get image() {
    return fromLayers(inDirectory(ch2.examples.container!), exampleMount, exampleAt, cannedFacts.v2)
  },
  get mapped() {
    return fromLayers(ch2.examples.userns!, exampleMount, exampleAt, cannedFacts.v2)
  },
  get union() {
    return fromUnion(ch2.examples.container!, exampleUnion, cannedFacts.v2)
  },
}
