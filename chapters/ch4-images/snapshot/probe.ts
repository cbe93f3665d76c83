/** Whether overlayfs works on a file system: the doctor's own trial, in a process of its own. */

import { ask } from './ask.js'

export const canOverlay = (place: string): boolean => ask('overlay', { place }) === 0
