/** Where the lifecycle machine draws states and moves: lying, and standing for narrow screens. A test holds its edges to the reducer. */

import type { State } from '#chapters/ch7-oci/lifecycle/reduce'
import type { Verb } from './lifecycle.js'

export type At = State | 'none'

export interface Edge {
  /** More than one where they lead from and to the same. */
  readonly verbs: readonly Verb[]
  readonly from: At
  readonly to: At
  readonly path: string
  /** Of its words: the middle. */
  readonly label: readonly [x: number, y: number]
}
export interface Layout {
  readonly name: 'lying' | 'standing'
  readonly width: number
  readonly height: number
  /** Their middles. */
  readonly nodes: Readonly<Record<At, readonly [x: number, y: number]>>
  readonly edges: readonly Edge[]
}

/** Of a node, half. */
export const half = { width: 50, height: 17 } as const

export const layouts: readonly Layout[] = [
  {
    name: 'lying',
    width: 740,
    height: 250,
    nodes: {
      none: [60, 100],
      creating: [210, 100],
      created: [360, 100],
      running: [520, 100],
      paused: [520, 190],
      stopped: [680, 100],
    },
    edges: [
      { verbs: ['create'], from: 'none', to: 'creating', path: 'M110 100 H158', label: [134, 92] },
      { verbs: ['made'], from: 'creating', to: 'created', path: 'M260 100 H308', label: [284, 92] },
      { verbs: ['failed'], from: 'creating', to: 'none', path: 'M200 83 C190 45 80 45 70 81', label: [135, 48] },
      { verbs: ['start'], from: 'created', to: 'running', path: 'M410 100 H468', label: [439, 92] },
      {
        verbs: ['failed', 'ended'],
        from: 'created',
        to: 'stopped',
        path: 'M370 83 C400 15 640 15 672 81',
        label: [520, 28],
      },
      { verbs: ['ended'], from: 'running', to: 'stopped', path: 'M570 100 H628', label: [599, 92] },
      { verbs: ['pause'], from: 'running', to: 'paused', path: 'M508 117 V171', label: [478, 149] },
      { verbs: ['resume'], from: 'paused', to: 'running', path: 'M532 173 V119', label: [564, 149] },
      { verbs: ['ended'], from: 'paused', to: 'stopped', path: 'M570 190 C640 190 672 160 676 119', label: [640, 184] },
      {
        verbs: ['delete'],
        from: 'stopped',
        to: 'none',
        path: 'M690 117 C690 240 640 234 375 234 C110 234 60 234 60 119',
        label: [375, 229],
      },
    ],
  },
  {
    name: 'standing',
    width: 340,
    height: 420,
    nodes: {
      none: [190, 25],
      creating: [190, 110],
      created: [190, 195],
      running: [190, 290],
      paused: [60, 290],
      stopped: [190, 395],
    },
    edges: [
      { verbs: ['create'], from: 'none', to: 'creating', path: 'M190 42 V91', label: [164, 71] },
      { verbs: ['made'], from: 'creating', to: 'created', path: 'M190 127 V176', label: [170, 156] },
      { verbs: ['failed'], from: 'creating', to: 'none', path: 'M240 105 C280 100 280 42 242 31', label: [270, 75] },
      { verbs: ['start'], from: 'created', to: 'running', path: 'M190 212 V271', label: [168, 246] },
      {
        verbs: ['failed', 'ended'],
        from: 'created',
        to: 'stopped',
        path: 'M240 195 C290 205 290 375 242 388',
        label: [276, 246],
      },
      { verbs: ['ended'], from: 'running', to: 'stopped', path: 'M190 307 V376', label: [166, 346] },
      { verbs: ['pause'], from: 'running', to: 'paused', path: 'M140 284 H112', label: [125, 268] },
      { verbs: ['resume'], from: 'paused', to: 'running', path: 'M110 298 H138', label: [125, 324] },
      { verbs: ['ended'], from: 'paused', to: 'stopped', path: 'M60 307 C60 370 90 393 138 395', label: [72, 362] },
      { verbs: ['delete'], from: 'stopped', to: 'none', path: 'M240 400 C345 395 345 22 242 20', label: [312, 150] },
    ],
  },
]
