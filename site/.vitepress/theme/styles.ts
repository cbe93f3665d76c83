/** The style sheets, in one place for their order: ours, and those of the toys. */

import './style.css'

import.meta.glob('./toys/*.css', { eager: true })
