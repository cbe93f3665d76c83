/**
 * Every MUST and MUST NOT of the runtime-spec 1.3, in our words: by which checks it is asked, or why by none. That none is
 * missing can be seen from the number of each page, which a test holds against that of the text. Pure.
 */

import { mustsOfConfig } from './musts-config.js'
import { mustsOfFeatures } from './musts-features.js'
import { mustsOfLinux } from './musts-linux.js'
import { mustsOfRuntime } from './musts-runtime.js'

export const allMusts = [...mustsOfRuntime, ...mustsOfConfig, ...mustsOfLinux, ...mustsOfFeatures]
