/** Specs worth looking at. */

import type { Spec } from '#core/spec/runtime'
import { ch3 } from '../ch3-cgroups/index.js'

export const examples: Readonly<Record<string, Spec>> = { ...ch3.examples }
