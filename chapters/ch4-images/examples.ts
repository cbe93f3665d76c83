/** Specs worth looking at: what --explain, the tests and the site show. */

import type { Spec } from '#core/spec/runtime'

export const examples: Readonly<Record<string, Spec>> = {}
