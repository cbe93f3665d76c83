/** The bin `mini-runc`. */

import { begin } from './begin.js'
import { runtime } from './runtime.js'

begin(runtime)
